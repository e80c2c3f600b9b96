import Foundation
import TestSupport
import Testing

/// Backups and erasures as whoever runs the server meets them: whole processes, killed ones among them.
@Suite(.serialized, .timeLimit(.minutes(60))) struct ErasureProcessTests {
    private static let canary = "canary-4711"

    private func json(_ body: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }

    @discardableResult
    private func eagle(_ arguments: [String], input: String = "", status: Int32 = 0) throws -> EagleProcess.Outcome {
        let outcome = try EagleProcess.run(arguments, input: input)
        #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
        return outcome
    }

    /// Two organizations with an admin each, and one who runs the server.
    private func furnish(_ data: String) throws {
        for slug in ["harbor", "mill"] {
            try eagle(["organization", "create", slug, "--data", data])
            try eagle(
                [
                    "user", "create", "--data", data, "--email", "a@\(slug).example", "--role", "ADMIN",
                    "--organization", slug,
                ],
                input: "a good password\n"
            )
        }
        try eagle(
            ["user", "create", "--data", data, "--email", "root@example.com", "--role", "SUPER_ADMIN"],
            input: "a good password\n"
        )
    }

    private func token(_ email: String, _ server: EagleServer) throws -> String {
        let login = #"{"email":"\#(email)","password":"a good password"}"#
        let answer = try HTTPExchange.send("POST", "/api/v1/auth/login", port: server.port, body: login)
        try #require(answer.status == 200, "\(answer.body)")
        return try #require(try json(answer.body)["accessToken"] as? String)
    }

    private func push(_ count: Int, to slug: String, machine: String, _ server: EagleServer) throws {
        let token = try token("a@\(slug).example", server)
        let schema = """
            {"organization":"\(slug)","timestampColumn":"time","timeZone":"UTC","assetColumn":"pump",\
            "continuousColumns":["pressure"],"rules":[{"id":"low","kind":"limit","tag":"pressure","low":3}]}
            """
        let put = try HTTPExchange.send("PUT", "/api/v1/schema", port: server.port, token: token, body: schema)
        #expect(put.status == 200, "\(put.body)")
        for start in stride(from: 0, to: count, by: 1_000) {
            let rows = (start..<min(count, start + 1_000)).map { minute in
                let time = Date(timeIntervalSince1970: 1_735_689_600 + Double(minute * 60)).formatted(.iso8601)
                return #"{"time":"\#(time)","pump":"\#(machine)","pressure":\#(minute % 7 == 0 ? 2 : 5)}"#
            }
            let answer = try HTTPExchange.send(
                "POST",
                "/api/v1/readings",
                port: server.port,
                token: token,
                type: "application/x-ndjson",
                body: rows.joined(separator: "\n")
            )
            #expect(answer.status == 200, "\(answer.body)")
        }
    }

    /// Names of files below a folder in which the canary stands.
    private func remains(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            let data = FileManager.default.contents(atPath: folder + "/" + name)
            return data?.firstRange(of: Data(Self.canary.utf8)) != nil
        }
    }

    @Test func `backed up beside the server, erased by it, certified, and unreadable from then on`() throws {
        let folder = try TemporaryDirectory()
        let (data, backup) = (folder.path("data"), folder.path("harbor.eaglebackup"))
        let certificate = folder.path("harbor.json")
        try furnish(data)
        let server = try EagleServer(data: data)
        try push(2_500, to: "harbor", machine: Self.canary, server)
        try push(100, to: "mill", machine: "other", server)
        let made = try eagle(
            ["backup", "--data", data, "--organization", "harbor", "--output", backup, "--json"]
        )
        let report = try json(made.output)
        #expect((report["tables"] as? [String: Int])?["reading"] == 2_500)
        #expect(!made.errors.contains("█"))
        let refused = try eagle(["restore", "--data", data, backup], status: 1)
        #expect(refused.errors.contains("another eagle serves"))

        let unsure = try eagle(
            ["organization", "delete", "harbor", "--data", data, "--certificate", certificate],
            status: 1
        )
        #expect(unsure.errors.contains("--confirm harbor"))
        try eagle(
            ["organization", "delete", "harbor", "--data", data, "--certificate", certificate, "--confirm", "harbor"]
        )
        let mill = try token("a@mill.example", server)
        let own = try HTTPExchange.send("GET", "/api/v1/assets", port: server.port, token: mill)
        #expect(own.status == 200 && own.body.contains("other"))
        let key = try HTTPExchange.send("GET", "/api/v1/system/certificate-key", port: server.port)
        let publicKey = try #require(try json(key.body)["publicKey"] as? String)
        #expect(try remains(in: data).isEmpty)
        server.kill()

        let valid = try eagle(["verify", "certificate", certificate, "--key", publicKey])
        #expect(valid.output.contains("harbor"))
        let text = String(decoding: try folder.bytes("harbor.json"), as: UTF8.self)
        let forged = try folder.write(text.replacingOccurrences(of: "2500", with: "2501"), to: "forged.json")
        let broken = try eagle(["verify", "certificate", forged, "--key", publicKey], status: 3)
        #expect(broken.errors.contains("does not fit"))
        let strange = try eagle(
            ["verify", "certificate", certificate, "--key", String(repeating: "ab", count: 32)],
            status: 3
        )
        #expect(strange.errors.contains("not the one that was given"))
        // Asked again it is the same certificate.
        let again = folder.path("again.json")
        try eagle(["organization", "delete", "harbor", "--data", data, "--certificate", again])
        #expect(try folder.bytes("again.json") == Array(text.utf8))

        let gone = try eagle(["restore", "--data", data, backup], status: 1)
        #expect(gone.errors.contains("its keys were destroyed"))
        // Settings that name it pass to nobody.
        let heir = try eagle(["organization", "create", "harbor", "--data", data], status: 1)
        #expect(heir.errors.contains("was erased") && heir.errors.contains("choose another"), "\(heir.errors)")
        let list = try eagle(["organization", "list", "--data", data])
        #expect(!list.output.contains("harbor"))
    }

    @Test func `without a server a command does it, and a lost database is restored from its backups`() throws {
        let folder = try TemporaryDirectory()
        let data = folder.path("data")
        try furnish(data)
        let server = try EagleServer(data: data)
        try push(1_200, to: "harbor", machine: Self.canary, server)
        server.kill()
        for slug in ["harbor", "mill"] {
            try eagle(
                ["backup", "--data", data, "--organization", slug, "--output", folder.path("\(slug).eaglebackup")]
            )
        }
        // The disk with the database is lost; what is kept apart from it, the keys, is not.
        for name in ["eagle.sqlite", "eagle.sqlite-wal", "eagle.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: data + "/" + name)
        }
        for slug in ["harbor", "mill"] { try eagle(["restore", "--data", data, folder.path("\(slug).eaglebackup")]) }
        let twice = try eagle(["restore", "--data", data, folder.path("harbor.eaglebackup")], status: 1)
        #expect(twice.errors.contains("--replace"))
        let second = try EagleServer(data: data)
        let token = try token("a@harbor.example", second)
        let assets = try HTTPExchange.send("GET", "/api/v1/assets", port: second.port, token: token)
        #expect(assets.body.contains(Self.canary))
        second.kill()
        let certificate = folder.path("harbor.json")
        try eagle(
            ["organization", "delete", "harbor", "--data", data, "--certificate", certificate, "--confirm", "harbor"]
        )
        try eagle(["verify", "certificate", certificate])
        #expect(try remains(in: data).isEmpty)
        let third = try EagleServer(data: data)
        defer { third.kill() }
        _ = try self.token("a@mill.example", third)
        let login = #"{"email":"a@harbor.example","password":"a good password"}"#
        let former = try HTTPExchange.send("POST", "/api/v1/auth/login", port: third.port, body: login)
        #expect(former.status == 401)
    }

    @Test func `killed in the midst of it, the server finishes at its next starts, and counts each row once`() throws {
        let folder = try TemporaryDirectory()
        let data = folder.path("data")
        try furnish(data)
        var server = try EagleServer(data: data)
        try push(20_000, to: "harbor", machine: Self.canary, server)
        let root = try token("root@example.com", server)
        let socket = try HTTPExchange.connect(server.port)
        try HTTPExchange.write(
            "DELETE /api/v1/organizations/harbor HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                + "Authorization: Bearer \(root)\r\nEagle-Confirm: harbor\r\nContent-Length: 0\r\n\r\n",
            to: socket
        )
        #expect(HTTPExchange.read(socket).map { String(decoding: $0, as: UTF8.self) }?.contains(" 202 ") == true)
        close(socket)
        for _ in 0..<3 {
            server.kill()
            server = try EagleServer(data: data)
        }
        defer { server.kill() }
        var status: [String: Any] = [:]
        while status["state"] as? String != "ENDED" {
            let answer = try HTTPExchange.send(
                "GET",
                "/api/v1/organizations/harbor/erasure",
                port: server.port,
                token: root
            )
            try #require(answer.status == 200, "\(answer.body)")
            status = try json(answer.body)
        }
        let certificate = try #require(status["certificate"] as? [String: Any])
        let statement = try #require(certificate["statement"] as? [String: Any])
        #expect((statement["tables"] as? [String: Int])?["reading"] == 20_000)
        #expect(try remains(in: data).isEmpty)
    }
}
