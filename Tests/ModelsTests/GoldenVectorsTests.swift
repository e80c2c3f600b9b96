import Foundation
import Models
import Testing

@Suite struct GoldenVectorsTests {
    private let golden = GoldenVectors(
        features: [1, .nan, -0.0, .infinity, .leastNonzeroMagnitude, 3],
        columnCount: 3,
        outputs: ["probability": [0.25, 0.75], "score": [-1_000, 2]]
    )

    @Test func `rows survive being written and read, bit for bit`() throws {
        let read = try JSONDecoder().decode(GoldenVectors.self, from: JSONEncoder().encode(golden))
        #expect(read == golden)
        #expect(read.rowCount == 2 && read.columnCount == 3)
        let bits: [Float] = [1, .nan, -0.0, .infinity, .leastNonzeroMagnitude, 3]
        #expect(read.featureValues.map(\.bitPattern) == bits.map(\.bitPattern))
        #expect(read.outputNames == ["probability", "score"])
        #expect(read.output("score") == [-1_000, 2])
        #expect(read.output("survival") == nil)
    }

    @Test(
        arguments: [
            ([0.25, 0.75], [-1_000, 2], nil), ([0.2500005, 0.75], [-1_000.0006, 2], nil),
            ([0.25, 0.7500021], [-1_000, 2], "probability"), ([0.25, 0.75], [-1_000, 2.1], "score"),
            ([0.25, .nan], [-1_000, 2], "probability"), ([0.25], [-1_000, 2], "probability"),
            ([0.25, 0.75], nil, "score"),
        ] as [([Float], [Float]?, String?)]
    )
    func `the first output that differs by more than a millionth is named`(
        probability: [Float],
        score: [Float]?,
        named: String?
    ) {
        var actual = ["probability": probability]
        actual["score"] = score
        let difference = golden.firstDifference(from: actual)
        #expect((difference == nil) == (named == nil))
        if let named { #expect(difference?.contains("'\(named)'") ?? false) }
    }

    @Test(arguments: [(0, 3), (2, 0), (3, 3), (2, 4), (-2, 3), (.max, 3), (2, .max), (1, 6)])
    func `elements that do not make whole rows are refused`(rows: Int, columns: Int) throws {
        let written = try String(decoding: JSONEncoder().encode(golden), as: UTF8.self)
        let changed = written.replacing("\"rowCount\":2", with: "\"rowCount\":\(rows)")
            .replacing("\"columnCount\":3", with: "\"columnCount\":\(columns)")
        let read = { try JSONDecoder().decode(GoldenVectors.self, from: Data(changed.utf8)) }
        if rows == 1 {
            #expect(try read().rowCount == 1)  // One row of six is as whole as two of three.
        } else {
            #expect(throws: DecodingError.self) { try read() }
        }
    }
}
