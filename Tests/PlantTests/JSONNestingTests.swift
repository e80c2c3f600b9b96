import FoundationEssentials
import Testing

@testable import Plant

@Suite struct JSONNestingTests {
    @Test(arguments: [65, 512, 513, 514, 100_000])
    func `what nests too deep is an error and no trap, wherever it ends`(depth: Int) {
        for bracket in ["[", "{\"a\":"] {
            let json = Data(String(repeating: bracket, count: depth).utf8)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode([Int].self, fromOutside: json) }
        }
    }

    @Test func `64 levels are read, and brackets in texts are no levels`() throws {
        let nested = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(JSONNesting.isBounded(nested.utf8))
        #expect(!JSONNesting.isBounded(("[" + nested + "]").utf8))
        let text = #"["\"[[\\"# + String(repeating: "[{", count: 200) + #"", "b"]"#
        #expect(try JSONDecoder().decode([String].self, fromOutside: Data(text.utf8)).count == 2)
        #expect(JSONNesting.isBounded(String(repeating: "[]", count: 1_000).utf8))
    }
}
