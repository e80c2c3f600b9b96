import Foundation
import Testing

@testable import Web

/// The console asks for nothing that is not there.
@Suite struct ConsolePageTests {
    @Test func `every operation that the console calls is in the contract`() throws {
        let page = ConsolePage.source
        let operations = try Contract.served.get().operations
        let calls = page.matches(of: /(?:call|callText|ask)\((?:"([A-Z]+)", )?"(\/[^"?]*)/)
        #expect(calls.count > 20)
        for call in calls {
            let method = call.1.map(String.init) ?? "GET"
            let path = "/api/v1" + (call.2.hasSuffix("/") ? call.2.dropLast() : call.2)
            let operation = "\(method) \(path)"
            let isThere = operations.contains { $0 == operation || $0.hasPrefix(operation + "/{") }
            #expect(isThere, "\(method) \(path)")
        }
    }

    @Test func `the page has no place left to fill, and loads nothing from elsewhere`() {
        let page = ConsolePage.source
        #expect(!page.replacing("{{nonce}}", with: "").contains("{{"))
        #expect(!page.contains("http://") || page.components(separatedBy: "http://").count == 2)  // SVG's name alone.
        #expect(page.components(separatedBy: "<script").count == 2)
    }
}
