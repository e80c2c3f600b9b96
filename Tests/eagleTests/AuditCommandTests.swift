import Foundation
import TestSupport
import Testing
import Trust

@testable import eagle

/// The chains on the command line: listed, exported, and verified without a server.
@Suite(.timeLimit(.minutes(60))) struct AuditCommandTests {
    private func eagle(_ arguments: String...) throws -> EagleProcess.Outcome { try EagleProcess.run(arguments) }

    /// A data directory with one organization, and three exports of its chain, each of which is an entry itself.
    private func exported() throws -> (folder: TemporaryDirectory, data: String, file: String) {
        let folder = try TemporaryDirectory()
        let (data, file) = (folder.path("data"), folder.path("audit.ndjson"))
        #expect(try eagle("organization", "create", "harbor", "--data", data).status == 0)
        for number in 1...3 {
            let export = try eagle("audit", "export", "--data", data, "--organization", "harbor", "--output", file)
            #expect(export.status == 0, "\(export.errors)")
            #expect(export.output.hasPrefix("\(number) entries"))
            #expect(export.errors.isEmpty)
        }
        return (folder, data, file)
    }

    private func report(_ outcome: EagleProcess.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    @Test func `an export is whole, and says whose key signed it`() throws {
        let (folder, data, file) = try exported()
        let key = try eagle("audit", "key", "--data", data).output
        #expect(key.count == 65)
        let keyFile = try folder.write(key, to: "audit.key")
        let known = try eagle("audit", "verify", file, "--key", keyFile)
        #expect(known.status == 0)
        #expect(known.output.contains("is whole: 3 entries, 4 signed heads."))
        #expect(!known.output.contains("own word"))
        let believed = try eagle("audit", "verify", file)
        #expect(believed.status == 0)
        #expect(believed.output.contains("own word"))
        let json = try report(try eagle("audit", "verify", file, "--key", keyFile, "--json"))
        #expect(json["isWhole"] as? Bool == true)
        #expect(json["isKeyKnown"] as? Bool == true)
        #expect(json["entryCount"] as? Int == 3)
        #expect(json["publicKey"] as? String == key.trimmingCharacters(in: .newlines))
        let rights = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        let other = folder.path("other")
        #expect(try eagle("organization", "create", "harbor", "--data", other).status == 0)
        let strange = try folder.write(try eagle("audit", "key", "--data", other).output, to: "other.key")
        let stranger = try eagle("audit", "verify", file, "--key", strange)
        #expect(stranger.status == 3)
        #expect(stranger.output.contains("BROKEN at entry 1"))
        withExtendedLifetime(folder) {}
    }

    @Test func `what was done to an export is named, with the first broken entry`() throws {
        let (folder, data, file) = try exported()
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let lines = text.split(separator: "\n").map { String($0) }
        #expect(lines.count == 7)  // A head behind each entry, and the end.
        var renumbered = lines
        renumbered[2] = lines[2].replacing(#""number":2"#, with: #""number":9"#)
        var dropped = lines
        dropped.remove(at: 2)
        var swapped = lines
        swapped.swapAt(0, 2)
        var doubled = lines
        doubled.insert(lines[0], at: 3)
        var lengthened = lines
        lengthened[6] = lines[6].replacing(#""number":3"#, with: #""number":4"#)
        let mutations: [(lines: [String], words: String)] = [
            (renumbered, "entry 2, line 3: altered"), (dropped, "entry 2, line 3: missing"),
            (swapped, "entry 1, line 1: out of order"), (doubled, "entry 1, line 4: doubled"),
            (lines.dropLast(), "entry 4, line 6: cut off"), (lengthened, "entry 3, line 7: not signed"),
        ]
        for (index, mutation) in mutations.enumerated() {
            let mutated = try folder.write(mutation.lines.map { $0 + "\n" }.joined(), to: "mutated-\(index)")
            let outcome = try eagle("audit", "verify", mutated)
            #expect(outcome.status == 3)
            #expect(outcome.output.contains(mutation.words), "\(outcome.output)")
            let json = try eagle("audit", "verify", mutated, "--json")
            #expect(json.status == 3)
            let finding = try #require(try report(json)["finding"] as? [String: Any])
            #expect(mutation.words.hasPrefix("entry \(finding["entry"] as? Int ?? -1), "))
        }
        #expect(try eagle("audit", "verify", file, "--predictions", "--data", data).status == 0)
    }

    @Test func `the newest entries are listed, of an organization or of the server`() throws {
        let (folder, data, _) = try exported()
        let listed = try eagle("audit", "list", "--data", data, "--organization", "harbor", "--limit", "2")
        #expect(listed.output.split(separator: "\n").map { $0.prefix(1) } == ["3", "2"])
        #expect(listed.output.contains("EXPORT  terminal"))
        let none = try eagle("audit", "list", "--data", data, "--organization", "harbor", "--action", "LOGIN", "--json")
        #expect(none.output.filter { !$0.isWhitespace } == "[]")
        let file = folder.path("server.ndjson")
        #expect(try eagle("audit", "export", "--data", data, "--server", "--output", file).status == 0)
        #expect(try eagle("audit", "verify", file).output.contains("The chain of server is whole: 3 entries"))
        let server = try eagle("audit", "list", "--data", data, "--server")
        #expect(server.output.hasPrefix("3  "))
    }

    @Test func `what is changed at the terminal is written down before it is done, with its end, and no secret`() throws
    {
        let folder = try TemporaryDirectory()
        let data = folder.path("data")
        let place = ["--organization", "harbor", "--data", data]
        func run(_ arguments: String..., in place: [String]? = nil) throws -> EagleProcess.Outcome {
            try EagleProcess.run(arguments + (place ?? ["--data", data]))
        }
        func entries(_ place: String...) throws -> [[String: Any]] {
            let list = try EagleProcess.run(["audit", "list", "--json", "--data", data] + place)
            #expect(list.status == 0, "\(list.errors)")
            let all = try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]]
            return (all ?? []).reversed()
        }
        func said(_ entries: [[String: Any]], _ key: String) -> [String] {
            entries.map { ($0["metadata"] as? [String: String])?[key] ?? "" }
        }
        #expect(try run("organization", "create", "harbor").status == 0)
        #expect(try run("organization", "create", "harbor").status == 1)
        let root = ["user", "create", "--email", "root@example.com", "--role", "SUPER_ADMIN", "--generate"]
        #expect(try EagleProcess.run(root + ["--data", data]).status == 0)
        let ofServer = try entries("--server")
        #expect(ofServer.allSatisfy { $0["actor"] as? String == "terminal" && $0["action"] as? String == "CONFIG" })
        #expect(said(ofServer, "stage") == ["asked", "answered", "asked", "answered", "asked", "answered"])
        #expect(said(ofServer, "outcome") == ["", "done", "", "failed", "", "done"])
        #expect(said(ofServer, "means").last == "eagle user create")

        let ann = ["user", "create", "--email", "ann@example.com", "--role", "ADMIN", "--generate"]
        let made = try EagleProcess.run(ann + place)
        let password = String(made.output.split(separator: "\n").last?.dropFirst("password: ".count) ?? "")
        #expect(password.count == 24)
        let key = try run("apikey", "create", "--name", "gateway", "--permission", "alarm:read", in: place)
        let secret = key.output.trimmingCharacters(in: .newlines)
        #expect(secret.hasPrefix("eagle_"))
        #expect(try run("organization", "quota", "harbor", "--models", "3").status == 0)
        #expect(try run("organization", "quota", "harbor").status == 0)
        let own = try entries("--organization", "harbor")
        #expect(
            said(own, "means").enumerated().filter { $0.offset % 2 == 0 }.map(\.element) == [
                "eagle user create", "eagle apikey create", "eagle organization quota",
            ]
        )
        #expect(own.count == 6)
        #expect(said(own, "models").last == "3")
        for text in own.map({ "\($0)" }) {
            #expect(!text.contains(password) && !text.contains(secret))
        }
    }

    @Test func `an entry's text moves no terminal's cursor`() {
        let event = AuditEvent(.config, by: .terminal, on: "a\u{1B}[2J\nb\u{202E}c", ["code": "x\u{9B}1m"])
        let entry = AuditEntry(event, after: 0, .none, at: .t0, in: .server)
        let line = AuditText.line(entry, names: ["terminal": "caf\u{E9}"])
        #expect(line.hasSuffix(#"café  a\u{1b}[2J\u{a}b\u{202e}c  code x\u{9b}1m"#))
        #expect(line.split(whereSeparator: \.isNewline).count == 1)
    }

    @Test(
        arguments: [
            ("list", 2), ("export --output x", 2), ("export --organization harbor --server --output x", 2),
            ("list --server --action NOTHING", 2), ("list --server --from now", 2), ("list --server --limit 0", 2),
            ("verify /nowhere/x", 1), ("verify /nowhere/x --predictions", 2), ("key --data /nowhere/x", 1),
        ] as [(String, Int32)]
    )
    func `wrong use is told from what is not there`(arguments: String, status: Int32) throws {
        let outcome = try EagleProcess.run(["audit"] + arguments.split(separator: " ").map { String($0) })
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(!outcome.errors.isEmpty)
    }

    @Test func `a key that is none is named`() throws {
        let (folder, _, file) = try exported()
        let key = try folder.write("no key", to: "key")
        let outcome = try eagle("audit", "verify", file, "--key", key)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("64 hexadecimal digits"))
    }
}
