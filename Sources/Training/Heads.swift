import Features
import LightGBM
import Models

/// The boosters of one model: for the failure, for its component, and for its time.
final class Heads {
    private let failure: Booster
    private let component: Booster?
    private let survival: Booster?
    /// In the order of the component booster's classes; fewer than two where there is no such booster.
    let components: [String]
    /// How the survival head's score is read; nil without failures.
    private let reading: SurvivalReading?
    /// The failure head's log-loss after each tree, over the rows it was validated on; empty without such rows.
    let losses: [Double]

    /// The failure head's gains by feature, over so many of its trees.
    func gains(trees: Int) throws -> [Double] { try failure.gains(iterations: trees) }

    /// Grows all heads from the rows at `indices`, whose labels are known and of both kinds.
    ///
    /// `validation` are rows to watch the failure head's log-loss on, none for a model that is to be used; `trees`
    /// counts the failure head's; `grown` is called after each tree, and what it throws ends the growing.
    init(
        of data: TrainingData,
        indices: [Int],
        validation: [Int],
        trees: Int,
        reading: SurvivalReading?,
        growth: Growth,
        library: LightGBMLibrary,
        grown: () throws -> Void
    ) throws {
        let head = try Self.failureHead(
            of: data,
            indices: indices,
            validation: validation,
            trees: trees,
            growth: growth,
            library: library,
            grown: grown
        )
        losses = head.losses
        failure = head.booster
        let named = NamedRows(data, indices: indices)
        components = named.components
        component = try Self.componentHead(named, growth, library, grown)
        self.reading = reading
        let positives = indices.filter { data.rows[$0].label.isPositive }
        survival = try reading.flatMap { reading in
            try Self.survivalHead(of: data, indices: positives, bins: reading.bins, growth, library, grown)
        }
    }

    /// The texts from which the graph is made, by head, with so many trees of the failure head.
    func texts(trees: Int) throws -> [String: String] {
        var texts = ["failure": try failure.modelText(iterations: trees)]
        texts["component"] = try component?.modelText()
        texts["survival"] = try survival?.modelText()
        return texts
    }

    /// What the heads say of some rows, with so many trees of the failure head.
    func outputs(of data: TrainingData, indices: [Int], trees: Int) throws -> Outputs {
        var outputs = Outputs()
        try data.forEachPage(of: indices) { places, values in
            outputs.append(try self.outputs(for: values, rows: places.count, columns: data.view.count, trees: trees))
        }
        return outputs
    }

    private func outputs(for values: [Float], rows: Int, columns: Int, trees: Int) throws -> Outputs {
        let scores = try failure.predict(.rawScore, values: values, rows: rows, columns: columns, iterations: trees)
        let shares = try component?.predict(.rawScore, values: values, rows: rows, columns: columns)
        let timeScores = try survival?.predict(.rawScore, values: values, rows: rows, columns: columns)
        return Outputs(
            scores: scores,
            components: (0..<rows).map { row in
                guard let shares else { return nil }
                let width = components.count + 1
                let ofRow = shares[row * width + 1..<(row + 1) * width]  // The first is health.
                return ofRow.indices.max { ofRow[$0] < ofRow[$1] }.map { components[$0 - ofRow.startIndex] }
            },
            times: (0..<rows).map { row in reading?.time(ofScore: timeScores?[row] ?? 0) }
        )
    }

    /// The failure head's log-loss over a fold's judged rows after each tree.
    static func failureLosses(
        of data: TrainingData,
        fold: Fold,
        growth: Growth,
        library: LightGBMLibrary
    ) throws -> [Double] {
        try failureHead(
            of: data,
            indices: fold.training,
            validation: fold.judged,
            trees: growth.treesMax,
            growth: growth,
            library: library,
            grown: {}
        ).losses
    }

    private static func failureHead(
        of data: TrainingData,
        indices: [Int],
        validation: [Int],
        trees: Int,
        growth: Growth,
        library: LightGBMLibrary,
        grown: () throws -> Void
    ) throws -> GrownHead {
        var losses: [Double] = []
        let booster = try grow(
            library,
            TargetRows(data, indices: indices) { $0.label.isPositive ? 1 : 0 },
            validation: TargetRows(data, indices: validation) { $0.label.isPositive ? 1 : 0 },
            parameters: growth.parameters.merging(["metric": "binary_logloss"]) { $1 },
            rounds: trees
        ) { booster in
            if !validation.isEmpty { losses.append(try booster.evaluations(ofValidation: 0).first?.value ?? .nan) }
            try grown()
        }
        return GrownHead(booster: booster, losses: losses)
    }

    private static func componentHead(
        _ named: NamedRows,
        _ growth: Growth,
        _ library: LightGBMLibrary,
        _ grown: () throws -> Void
    ) throws -> Booster? {
        guard named.components.count > 1 else { return nil }
        return try grow(
            library,
            named.rows,
            validation: nil,
            parameters: growth.componentParameters(classes: named.components.count + 1),
            rounds: growth.componentRounds,
            grown: { _ in try grown() }
        )
    }

    /// Learns how late in the horizon a failure comes, from the rows before failures; nil where there are none, or one bin.
    static func survivalHead(
        of data: TrainingData,
        indices: [Int],
        bins: SurvivalBins,
        _ growth: Growth,
        _ library: LightGBMLibrary,
        _ grown: () throws -> Void
    ) throws -> Booster? {
        guard bins.count > 1, !indices.isEmpty else { return nil }
        return try grow(
            library,
            TargetRows(data, indices: indices) { row in
                guard case .positive(let minutes, _) = row.label else { return 0 }
                return Float(bins.bin(of: minutes)) / Float(bins.count - 1)
            },
            validation: nil,
            parameters: growth.survivalParameters,
            rounds: growth.survivalTrees,
            grown: { _ in try grown() }
        )
    }

    private static func grow(
        _ library: LightGBMLibrary,
        _ rows: TargetRows,
        validation: TargetRows?,
        parameters: [String: String],
        rounds: Int,
        grown: (borrowing Booster) throws -> Void
    ) throws -> Booster {
        let parameters = Parameters(parameters)
        let dataset = try rows.dataset(library, parameters: parameters)
        var booster = try Booster(training: dataset, parameters: parameters)
        if let validation, !validation.indices.isEmpty {
            try booster.addValidation(try validation.dataset(binnedAs: dataset))
        }
        for _ in 0..<rounds {
            if try booster.update() { break }
            try grown(booster)
        }
        // The same trees without the rows they grew on, of which several folds would be too much.
        return try Booster(library, modelText: try booster.modelText())
    }
}

/// A failure head, and how its log-loss fell.
private struct GrownHead: ~Copyable {
    let booster: Booster
    let losses: [Double]
}
