import LightGBM
import Models
import TestSupport
import Testing

/// What of a booster's text from outside may reach LightGBM's own parser, which trusts what it is given.
@Suite struct PlainBoosterTests {
    /// Of three small trees.
    private static let text = Result {
        try TrainedModel(LightGBMLibrary.load(), .missingNaN, iterations: 3).failure.modelText()
    }

    private let library: LightGBMLibrary

    init() throws { library = try LightGBMLibrary.load() }

    private func contributions(_ booster: borrowing Booster) throws -> [Double] {
        let rows = PlantRows(count: 40, seed: 5).values
        return try booster.predict(.contributions, values: rows, rows: 40, columns: PlantRows.columns)
    }

    @Test(arguments: [ModelKind.missingNaN, .missingZero, .stumps])
    func `written anew, a booster explains as before, bit for bit`(kind: ModelKind) throws {
        let trained = try TrainedModel(library, kind, iterations: 6)
        let plain = try BoosterText.plain(try trained.failure.modelText(), featureCount: PlantRows.columns)
        #expect(!plain.contains("tree_sizes"))
        let before = try contributions(trained.failure)
        let after = try contributions(try Booster(library, modelText: plain))
        #expect(before.map(\.bitPattern) == after.map(\.bitPattern))
    }

    @Test(arguments: [
        ("num_leaves=", "num_leaves=3\nnum_leaves="), ("split_feature=", "split_feature=0\nsplit_feature="),
        ("leaf_count=", "leaf_count=0 "), ("leaf_count=", "leaf_cont="), ("internal_count=", "internal_count=x "),
        ("leaf_value=", "leaf_value=0x1p3 "), ("objective=binary", "objective=multiclass"),
        ("max_feature_idx=", "max_feature_idx=1"), ("shrinkage=", "shrinkag="), ("left_child=", "left_child=9999 "),
    ])
    func `a text that would be read one way here and another way there is refused`(word: String, other: String) throws {
        let text = try Self.text.get()
        let changed = text.replacing(word, with: other, maxReplacements: 1)
        #expect(changed != text)
        #expect(throws: ONNXError.self) { try BoosterText.plain(changed, featureCount: PlantRows.columns) }
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `whatever is changed in a text, it is refused or it explains`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let text = Array(try Self.text.get().utf8)
        var accepted = 0
        for _ in 0..<60 {
            var changed = text
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: changed.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: changed[place] = UInt8.random(in: 32...126, using: &generator)
                case 1: changed.removeSubrange(place..<min(place + 20, changed.count))
                default: changed.insert(contentsOf: changed[max(0, place - 30)..<place], at: place)
                }
            }
            guard let string = String(validating: changed, as: UTF8.self),
                let plain = try? BoosterText.plain(string, featureCount: PlantRows.columns)
            else { continue }
            accepted += 1
            _ = try? contributions(try Booster(library, modelText: plain))
        }
        #expect(accepted < 60)
    }
}
