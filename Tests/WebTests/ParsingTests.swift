import HTTPTypes
import Hummingbird
import Testing

@testable import Web

@Suite struct ParsingTests {
    @Test(
        arguments: [
            ("a%20b", "a b"), ("plain", "plain"), ("%C3%A9", "é"), ("%2", nil), ("%zz", nil), ("%FF", nil),
        ] as [(String, String?)]
    )
    func `percent signs are read as bytes of UTF-8`(text: String, expected: String?) {
        #expect(text.percentDecoded == expected)
    }

    @Test(
        arguments: [
            ("*/*", "application/json"), ("text/csv", "text/csv"), ("text/*", "text/csv"),
            ("application/json;q=0.5, text/csv", "text/csv"), ("text/csv;q=0", nil), ("image/png", nil),
        ] as [(String, String?)]
    )
    func `the best representation that is accepted is chosen`(accept: String, expected: String?) {
        #expect(MediaTypes.best(of: ["application/json", "text/csv"], accept: accept) == expected)
    }

    @Test(
        arguments: [
            ("/things/ledger", "/things/ledger"), ("/things/7", "/things/{id}"), ("/things", "/things"),
            ("/things/", nil), ("/things/7/8", nil), ("", nil),
        ] as [(String, String?)]
    )
    func `a literal segment wins over a parameter`(path: String, expected: String?) {
        let answer: @Sendable (Call) async throws -> Response = { _ in .noContent }
        let table = RouteTable(
            ["/things", "/things/{id}", "/things/ledger"].map { Route(.get, $0, .open(answer)) }
        )
        switch table.match(.get, path) {
        case .route(let route, _): #expect(route.path == expected)
        case .otherMethods, .nothing: #expect(expected == nil)
        }
    }

    @Test func `each alert is sent once and in order, and a gap is read from the store`() {
        var position = StreamPosition(after: 5)
        #expect(position.step(to: 5) == .drop)
        #expect(position.step(to: 6) == .send)
        #expect(position.step(to: 6) == .drop)
        #expect(position.step(to: 8) == .readStore)
        #expect(position.step(to: 7) == .send)
        #expect(position.sent == 7)
    }
}
