import NIOCore
import NIOWebSocket
import Plant
import Serving
import Testing
import Trust

@testable import Web

/// How many streams an organization has open: counted at the door, and given back however a stream ends.
@Suite(.timeLimit(.minutes(60))) struct StreamQuotaTests {
    /// Until so many are open, as the members see it; streams end a moment after their client has left.
    private func settled(_ server: TestServer, at count: Int) async throws {
        let scope = OrganizationScope(provenFor: server.north.id)
        while try await server.context.lanes.quotas.use(in: scope)[.streams] != count { await Task.yield() }
    }

    private func refusal(_ server: TestServer, as person: TestServer.Person = .northOperator) async throws -> Tree? {
        let opening = try await TestStream.open(
            server,
            headers: [("Authorization", "Bearer \(server.token(of: person))")]
        )
        switch opening {
        case .refused(let status, let body):
            #expect(status == 409)
            return Answer(status: status, headers: [:], body: .init(body.utf8)).json
        case .open(let channel, _):
            try? await channel.executeThenClose { _, _ in }
            return nil
        }
    }

    @Test func `a stream beyond the quota is refused, others' are not, and the next one gets its place`() async throws {
        try await TestServer.run(quotas: QuotaSettings([.streams: 2])) { server in
            try await TestStream.with(server) { first in
                _ = try await first.message()
                try await TestStream.with(server) { second in
                    _ = try await second.message()
                    let refused = try await refusal(server)
                    #expect(refused?["code"]?.string == "quota_exceeded")
                    #expect(refused?["quota"]?["name"]?.string == "streams")
                    #expect(refused?["quota"]?["use"]?.int == 2)
                    try await TestStream.with(server, as: .southOperator) { other in
                        let message = try await other.message()
                        #expect(message.type == "snapshot")
                    }
                    try await second.send(.connectionClose)
                }
                try await settled(server, at: 1)
                try await TestStream.with(server) { third in
                    let message = try await third.message()
                    #expect(message.type == "snapshot")
                }
            }
            try await settled(server, at: 0)
        }
    }

    /// Ways in which a client's stream ends, none of which may keep its place.
    private enum Way: CaseIterable {
        case closeFrame, vanish, brokenFrame, hugeFrame, noKey, noToken, halfHandshake
    }

    @Test func `many come and go in every way there is, and none keeps a place`() async throws {
        var limits = TestServer.limits
        limits.closeGrace = .milliseconds(200)
        try await TestServer.run(limits: limits, quotas: QuotaSettings([.streams: 4])) { server in
            for round in 0..<20 {
                let way = Way.allCases[round % Way.allCases.count]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { try await come(server, andGo: way) } }
                    try await group.waitForAll()
                }
                try await settled(server, at: 0)
            }
            try await TestStream.with(server) { stream in
                let message = try await stream.message()
                #expect(message.type == "snapshot")
            }
        }
    }

    private func come(_ server: TestServer, andGo way: Way) async throws {
        let token = "Authorization: Bearer \(server.token(of: .northOperator))"
        let handshake =
            "GET /api/v1/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket, websocket\r\nConnection: upgrade\r\n"
        switch way {
        case .closeFrame:
            try await TestStream.with(server) { try await $0.send(.connectionClose) }
        case .vanish:
            try await TestStream.with(server) { _ = try await $0.message() }
        case .brokenFrame:
            try await TestStream.with(server) { try await $0.sendCompressed(ByteBuffer(string: "x")) }
        case .hugeFrame:
            try await TestStream.with(server) {
                try? await $0.send(.binary, ByteBuffer(repeating: 0, count: 100_000))
            }
        case .noKey:
            try await RawConnection.exchange(server.port, Array((handshake + token + "\r\n\r\n").utf8))
        case .noToken:
            try await RawConnection.exchange(server.port, Array((handshake + "\r\n").utf8))
        case .halfHandshake:
            try await RawConnection.exchange(server.port, Array((handshake + token).utf8), waitsForEnd: false)
        }
    }
}
