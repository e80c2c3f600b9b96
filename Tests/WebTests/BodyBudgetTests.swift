import NIOCore
import Plant
import TestSupport
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(60))) struct BodyBudgetTests {
    @Test func `one organization's bodies take no room from another's, and give it back when they are through`()
        async throws
    {
        var limits = TestServer.limits
        limits.organizationBodiesByteCountMax = 10_000
        // Whose rest does not come is not shown out meanwhile.
        (limits.bodyGrace, limits.idleTimeout) = (.hours(1), .hours(1))
        try await TestServer.run(limits: limits) { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            let head = """
                POST /api/v1/readings HTTP/1.1\r
                Host: a\r
                Authorization: Bearer \(server.token(of: .northAdmin))\r
                Content-Type: text/csv\r
                Content-Length: 9000\r
                \r\n
                """
            let connection = try await RawConnection.open(server.port)
            try await connection.executeThenClose { _, outbound in
                // Most of a body, whose rest does not come. Nothing else is sent until it is there: it might be refused
                // for what came between its parts.
                try await outbound.write(ByteBuffer(string: head + String(repeating: "a", count: 8_900)))
                while server.context.bodies.byteCount < 8_900 { await Task.yield() }
                func push(_ person: TestServer.Person) async throws -> Answer {
                    try await server.push((0..<100).map(Double.init), as: person)
                }
                let refused = try await push(.northAdmin)
                #expect(refused.status == 429)
                #expect(refused.header("retry-after") == "2")
                let other = try await push(.southAdmin)
                #expect(other.status == 200)
            }
            while server.context.bodies.byteCount > 0 { await Task.yield() }
            #expect(try await server.push([1]).status == 200)
        }
    }

    @Test func `a body that is nobody's is a small one`() async throws {
        try await TestServer.run { server in
            let password = String(repeating: "a", count: 70_000)
            let login = try await server.ask(
                "POST",
                "/api/v1/auth/login",
                body: #"{"email":"a@example.com","password":"\#(password)"}"#
            )
            #expect(login.status == 413)
        }
    }
}
