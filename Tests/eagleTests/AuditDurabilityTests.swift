import Foundation
import TestSupport
import Testing

/// A server that is killed while it writes its audit chains, again and again.
@Suite(.serialized, .timeLimit(.minutes(60))) struct AuditDurabilityTests {
    private static let rounds = 10

    private func json(_ body: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }

    @Test func `kills in the midst of writes leave every chain whole, and each answered change in it`() throws {
        let folder = try TemporaryDirectory()
        let data = folder.path("data")
        #expect(try EagleProcess.run(["organization", "create", "harbor", "--data", data]).status == 0)
        let people = [
            ("a@harbor.example", "ADMIN", ["--organization", "harbor"]), ("r@example.com", "SUPER_ADMIN", []),
        ]
        for (email, role, more) in people {
            let create = ["user", "create", "--data", data, "--email", email, "--role", role] + more
            #expect(try EagleProcess.run(create, input: "a good password\n").status == 0)
        }
        var generator = SeededGenerator(seed: 31)
        var tokens: [String] = []
        var answeredCount = 0
        for round in 0..<Self.rounds {
            let server = try EagleServer(data: data)
            if round == 0 { tokens = try people.map { try login($0.0, server) } }
            let process = server.identifier
            let last = Int.random(in: 2...20, using: &generator)
            for turn in 0..<1_000 {
                if turn == last {
                    Thread.detachNewThread { Foundation.kill(process, SIGKILL) }  // While the request is on its way.
                }
                let isSystem = turn.isMultiple(of: 3)
                let answer = try? HTTPExchange.send(
                    isSystem ? "POST" : "PUT",
                    isSystem ? "/api/v1/organizations" : "/api/v1/prediction-switch",
                    port: server.port,
                    token: tokens[isSystem ? 1 : 0],
                    body: isSystem
                        ? #"{"slug":"o\#(round)-\#(turn)","name":"x"}"# : #"{"predictionEnabled":false}"#
                )
                guard let answer else { break }
                if !isSystem, answer.status == 200 { answeredCount += 1 }
            }
            server.waitUntilKilled()
        }
        #expect(answeredCount > 0)
        try check(data: data, folder: folder, answeredCount: answeredCount)
    }

    private func login(_ email: String, _ server: EagleServer) throws -> String {
        let body = #"{"email":"\#(email)","password":"a good password"}"#
        let session = try HTTPExchange.send("POST", "/api/v1/auth/login", port: server.port, body: body)
        return try #require(try json(session.body)["accessToken"] as? String)
    }

    private func check(data: String, folder: TemporaryDirectory, answeredCount: Int) throws {
        let key = try folder.write(try EagleProcess.run(["audit", "key", "--data", data]).output, to: "audit.key")
        // Beside a running server, as it is used.
        let server = try EagleServer(data: data)
        defer { server.kill() }
        for place in [["--organization", "harbor"], ["--server"]] {
            let file = folder.path("audit.ndjson")
            let export = try EagleProcess.run(["audit", "export", "--data", data, "--output", file] + place)
            #expect(export.status == 0, "\(export.errors)")
            let verified = try EagleProcess.run(["audit", "verify", file, "--key", key, "--json"])
            #expect(verified.status == 0, "\(verified.output)")
            let entryCount = try #require(try json(verified.output)["entryCount"] as? Int)
            #expect(entryCount > 2)
            guard place.count == 2 else { continue }
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            let changes = lines.filter { $0.contains(#""action":"CONFIG""#) }
            #expect(changes.count { $0.contains(#""stage":"answered""#) } >= answeredCount)
            #expect(changes.count { $0.contains(#""stage":"asked""#) } >= answeredCount)
            #expect(lines.contains { $0.contains(#""action":"LOGIN""#) })
        }
    }
}
