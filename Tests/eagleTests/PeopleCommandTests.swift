import Foundation
import TestSupport
import Testing

/// People and machines of a server, as whoever has its files in hand makes them.
@Suite(.timeLimit(.minutes(20))) struct PeopleCommandTests {
    private let hash = "$2b$06$abcdefghijklmnopqrstuu/X4.D1u0P8.9IWANKGLpMQMV/R.lWNO"

    private func directory(_ folder: TemporaryDirectory) throws -> String {
        let data = folder.path("data")
        let made = try EagleProcess.run(["organization", "create", "harbor", "--data", data])
        #expect(made.status == 0, "\(made.errors)")
        return data
    }

    @Test func `who is brought along signs in, and a key opens what it is for until it is revoked`() throws {
        let folder = try TemporaryDirectory()
        let data = try directory(folder)
        let csv = try folder.write("email,role,hash\nann@harbor.example,ADMIN,\(hash)\n", to: "users.csv")
        let brought = try EagleProcess.run(["user", "import", "--organization", "harbor", "--data", data, csv])
        #expect(brought.status == 0, "\(brought.errors)")
        #expect(brought.output.hasPrefix("ann@harbor.example "))
        let key = try EagleProcess.run(
            ["apikey", "create", "--organization", "harbor", "--data", data, "--name", "gateway", "--json"]
                + ["--permission", "alarm:read", "--permission", "reading:write", "--days", "9"]
        )
        #expect(key.status == 0, "\(key.errors)")
        let made = try JSONDecoder().decode([String: JSONText].self, from: Data(key.output.utf8))
        let (id, secret) = (made["id"]?.text ?? "", made["key"]?.text ?? "")
        let list = try EagleProcess.run(["apikey", "list", "--organization", "harbor", "--data", data])
        #expect(list.output.contains("\(id) gateway: alarm:read reading:write, never used, until "))
        #expect(!list.output.contains("eagle_"))

        let server = try EagleServer(data: data)
        defer {
            server.kill()
            server.waitUntilKilled()
        }
        func status(_ path: String) throws -> Int {
            try HTTPExchange.send("GET", "/api/v1/\(path)", port: server.port, token: secret).status
        }
        let login = #"{"email":"ann@harbor.example","password":"furnace-7"}"#
        for _ in 0..<2 {
            #expect(try HTTPExchange.send("POST", "/api/v1/auth/login", port: server.port, body: login).status == 200)
        }
        #expect(try status("alarms") == 200)
        #expect(try status("users") == 403)
        let revoked = try EagleProcess.run(["apikey", "revoke", "--organization", "harbor", "--data", data, id])
        #expect(revoked.status == 0, "\(revoked.errors)")
        // Noticed within a second: until then each answer is that of a good key.
        var after = try status("alarms")
        while after == 200 { after = try status("alarms") }
        #expect(after == 401)
        let again = try EagleProcess.run(["apikey", "revoke", "--organization", "harbor", "--data", data, id])
        #expect(again.status == 1)
    }

    @Test func `what is wrong in a file of users is named by line and column, and nobody is brought along`() throws {
        let folder = try TemporaryDirectory()
        let data = try directory(folder)
        let rows = [
            "email,role,hash", "ann@harbor.example,OPERATOR,\(hash)", "nobody,OPERATOR,\(hash)",
            "bob@harbor.example,KING,\(hash)", "eve@harbor.example,ADMIN,$2b$31\(hash.dropFirst(6))",
            "ANN@harbor.example,ADMIN,\(hash)", "tom@harbor.example,ADMIN,md5",
        ]
        let csv = try folder.write(rows.joined(separator: "\n") + "\n", to: "users.csv")
        let refused = try EagleProcess.run(["user", "import", "--organization", "harbor", "--data", data, csv])
        #expect(refused.status == 1)
        for place in ["users.csv:3:1:", "users.csv:4:20:", "users.csv:5:26:", "users.csv:6:1:", "users.csv:7:26:"] {
            #expect(refused.errors.contains(place), "\(place) is not in \(refused.errors)")
        }
        #expect(!refused.errors.contains("users.csv:2"))
        #expect(!refused.errors.contains(String(hash.suffix(30))))
        let list = try EagleProcess.run(["user", "list", "harbor", "--data", data])
        #expect(list.output.isEmpty)
        let header = try folder.write("email,role\n", to: "short.csv")
        let lacking = try EagleProcess.run(["user", "import", "--organization", "harbor", "--data", data, header])
        #expect(lacking.errors.contains("there is no column 'hash'"))
    }

    @Test func `an address that is taken keeps all others out, and says on which line it stands`() throws {
        let folder = try TemporaryDirectory()
        let data = try directory(folder)
        let made = try EagleProcess.run(
            ["user", "create", "--data", data, "--email", "ann@harbor.example", "--role", "SUPER_ADMIN", "--generate"]
        )
        #expect(made.status == 0, "\(made.errors)")
        let rows = ["email,role,hash", "bob@harbor.example,ADMIN,\(hash)", "ann@harbor.example,ADMIN,\(hash)"]
        let csv = try folder.write(rows.joined(separator: "\n") + "\n", to: "users.csv")
        let refused = try EagleProcess.run(["user", "import", "--organization", "harbor", "--data", data, csv])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("users.csv:3: the email 'ann@harbor.example' is taken"))
        let list = try EagleProcess.run(["user", "list", "harbor", "--data", data])
        #expect(list.output.isEmpty)
    }

    @Test func `a new password is set from the terminal, and shown where it was made there`() throws {
        let folder = try TemporaryDirectory()
        let data = try directory(folder)
        let csv = try folder.write("email,role,hash\nann@harbor.example,ADMIN,\(hash)\n", to: "users.csv")
        _ = try EagleProcess.run(["user", "import", "--organization", "harbor", "--data", data, csv])
        let set = try EagleProcess.run(
            ["user", "password", "--data", data, "--email", "ANN@harbor.example", "--generate"]
        )
        #expect(set.status == 0, "\(set.errors)")
        #expect(set.output.hasPrefix("password: "))
        let unknown = try EagleProcess.run(
            ["user", "password", "--data", data, "--email", "bob@harbor.example", "--generate"]
        )
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("there is no user 'bob@harbor.example'"))
    }

    @Test func `commands go by the organization's quotas, and by those of the settings where it has none`() throws {
        let folder = try TemporaryDirectory()
        let data = try directory(folder)
        func run(_ arguments: [String]) throws -> EagleProcess.Outcome {
            try EagleProcess.run(arguments + ["--data", data])
        }
        func key(_ more: [String] = []) throws -> EagleProcess.Outcome {
            try run(
                ["apikey", "create", "--organization", "harbor", "--name", "gateway"]
                    + ["--permission", "alarm:read"] + more
            )
        }
        func create(_ name: String) throws -> EagleProcess.Outcome {
            try run(
                ["user", "create", "--email", "\(name)@harbor.example", "--role", "ADMIN", "--organization", "harbor"]
                    + ["--generate"]
            )
        }
        let settings = try folder.write("quotas:\n  apiKeys: 1\n", to: "eagle.yaml")
        #expect(try key(["--config", settings]).status == 0)
        let byServer = try key(["--config", settings])
        #expect(byServer.status == 1)
        #expect(byServer.errors.contains("1 of 1 API keys are used"), "\(byServer.errors)")
        #expect(try run(["organization", "quota", "harbor", "--api-keys", "2", "--users", "2"]).status == 0)
        // The organization's own comes before the server's.
        #expect(try key(["--config", settings]).status == 0)
        #expect(try key().errors.contains("2 of 2 API keys are used"))
        #expect(try create("ann").status == 0)
        let two = ["email,role,hash", "bob@harbor.example,ADMIN,\(hash)", "eve@harbor.example,ADMIN,\(hash)"]
        let csv = try folder.write(two.joined(separator: "\n") + "\n", to: "users.csv")
        let brought = try run(["user", "import", "--organization", "harbor", csv])
        #expect(brought.status == 1)
        #expect(brought.errors.contains("1 of 2 users are used"), "\(brought.errors)")
        #expect(try create("tom").status == 0)
        #expect(try create("kim").errors.contains("2 of 2 users are used"))
        #expect(try run(["user", "list", "harbor"]).output.split(separator: "\n").count == 2)
    }

    @Test func `those who run the server are listed, disabled and removed, and the last one stays`() throws {
        let folder = try TemporaryDirectory()
        let data = try directory(folder)
        func run(_ arguments: String...) throws -> EagleProcess.Outcome {
            try EagleProcess.run(["user"] + arguments + ["--data", data])
        }
        for name in ["ann", "bob"] {
            let made = try run("create", "--email", "\(name)@example.com", "--role", "SUPER_ADMIN", "--generate")
            #expect(made.status == 0, "\(made.errors)")
        }
        let list = try run("list", "--super-admins")
        #expect(list.output.split(separator: "\n").map { $0.prefix(16) } == ["ann@example.com ", "bob@example.com "])
        #expect(try run("list").status == 2)
        #expect(try run("disable", "--email", "ann@example.com").status == 0)
        #expect(try run("list", "--super-admins").output.contains("SUPER_ADMIN disabled"))
        for command in ["disable", "remove"] {
            let refused = try run(command, "--email", "bob@example.com")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("the last SUPER_ADMIN"), "\(refused.errors)")
        }
        #expect(try run("enable", "--email", "ann@example.com").status == 0)
        #expect(try run("remove", "--email", "bob@example.com").status == 0)
        #expect(try run("list", "--super-admins").output.hasPrefix("ann@example.com "))
        #expect(try run("remove", "--email", "bob@example.com").errors.contains("there is no user"))
    }

    @Test(arguments: [
        ["--permission", "user:manage"], ["--permission", "organization:manage"], ["--permission", "fly"], [],
        ["--permission", "alarm:read", "--days", "0"],
    ])
    func `a key that there can't be is refused`(arguments: [String]) throws {
        let folder = try TemporaryDirectory()
        let data = try directory(folder)
        let key = try EagleProcess.run(
            ["apikey", "create", "--organization", "harbor", "--data", data, "--name", "gateway"] + arguments
        )
        #expect(key.status != 0)
        #expect(!key.output.contains("eagle_"))
        let list = try EagleProcess.run(["apikey", "list", "--organization", "harbor", "--data", data])
        #expect(list.output.isEmpty)
    }
}

/// A text of a JSON object; anything else is none.
private struct JSONText: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
}
