import Foundation
import TestSupport
import Testing

@testable import Verification

extension IsolationWalk {
    /// As if both organizations had been made.
    fileprivate func take(_ mine: Party, _ theirs: Party) { (self.mine, self.theirs) = (mine, theirs) }
}

/// What is looked through beside the answers: where nothing was looked at, nothing is proven.
@Suite struct DiskSearchTests {
    private let folder: TemporaryDirectory
    private let mine: Party
    private let theirs: Party

    init() throws {
        folder = try TemporaryDirectory()
        var generator = SeededGenerator(seed: 5)
        mine = Party(Canary(.mine, using: &generator), organization: "0f8fad5b-d9cb-469f-a165-70867728950e")
        theirs = Party(Canary(.theirs, using: &generator), organization: "7c9e6679-7425-40de-944b-e07fc1f90ae7")
    }

    private var data: String { folder.path("data") }
    private var log: String { folder.path("server.log") }

    /// A walk of which only the search is done, with what happens meanwhile.
    private func report(
        data: String? = nil,
        log: String? = nil,
        meanwhile: () throws -> Void = {}
    ) async throws -> IsolationReport {
        var options = IsolationWalk.Options(email: "root@example.com", password: "never asked for")
        (options.dataDirectory, options.log) = (data, log)
        let client = try APIClient(server: ServerAddress(host: "127.0.0.1", port: 9))
        let walk = IsolationWalk(client: client, options: options)
        await walk.take(mine, theirs)
        try meanwhile()
        try await walk.search()
        return await walk.result
    }

    private func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: folder.path(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: url)
    }

    private func append(_ text: String, to path: String) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
    }

    // MARK: - Files

    @Test func `a data directory without secrets is looked through whole`() async throws {
        try write("rows, and \(theirs.canary.secret) among them", to: "data/eagle.sqlite")
        try write("sealed", to: "data/models/\(mine.organization)/x.eaglemodel")
        let report = try await report(data: data)
        #expect(report.findings == [])
        #expect(report.unsearched == [])
        #expect(report.searched == ["2 files of the data directory"])
    }

    @Test func `a password in any file is exposed, in whatever folder`() async throws {
        try write("rows", to: "data/eagle.sqlite")
        try write("{\"password\": \"\(theirs.canary.password)\"}", to: "data/training/left/notes.json")
        let report = try await report(data: data)
        #expect(report.findings.map(\.kind) == [.exposed])
        #expect(report.findings.first?.place == "the file training/left/notes.json")
        #expect(report.findings.allSatisfy { !$0.found.contains(theirs.canary.password) })
    }

    @Test func `what is one's in the folder of the other is exposed, both ways`() async throws {
        try write("rows", to: "data/eagle.sqlite")
        try write("x \(theirs.canary.secret)", to: "data/models/\(mine.organization)/x")
        try write("x \(mine.canary.secret)", to: "data/models/\(theirs.organization)/y")
        let report = try await report(data: data)
        #expect(report.findings.map(\.kind) == [.exposed, .exposed])
        #expect(Set(report.findings.map(\.expected)) == ["nothing of organization A", "nothing of organization B"])
    }

    @Test func `a folder that is no data directory proves nothing`() async throws {
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let report = try await report(data: data)
        #expect(report.searched == ["0 files of the data directory"])
        #expect(report.unsearched.first?.contains("has no eagle.sqlite") == true)
        #expect(!report.isIsolated)
    }

    // MARK: - The log

    @Test func `what the log gained is looked through, and nothing before it`() async throws {
        try write("before: \(theirs.canary.password)\n", to: "server.log")
        let clean = try await report(log: log) { try append("a line\n", to: log) }
        #expect(clean.findings == [] && clean.unsearched == [])
        #expect(clean.searched == ["7 bytes of the log"])
        for secret in [theirs.canary.password, mine.canary.password, theirs.canary.secret, theirs.canary.readingText] {
            let report = try await report(log: log) { try append("a line with \(secret)\n", to: log) }
            #expect(report.findings.map(\.kind) == [.exposed])
            #expect(report.findings.first?.place == "the server's log")
        }
    }

    @Test(arguments: ["rotated", "cut off", "gone", "silent"])
    func `a log that was not looked through proves nothing`(what: String) async throws {
        try write("so much that what follows is shorter\n", to: "server.log")
        let report = try await report(log: log) {
            switch what {
            case "rotated":
                try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
                try write("anew\n", to: "server.log")
            case "cut off":
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
                try file.truncate(atOffset: 3)
                try file.close()
            case "gone": try FileManager.default.removeItem(atPath: log)
            default: break
            }
        }
        #expect(report.findings == [])
        #expect(report.unsearched.count == 1)
        #expect(report.verdict.hasPrefix("Not proven: "))
    }

    @Test func `what a new log holds is looked through all the same`() async throws {
        try write("so much that what follows is shorter\n", to: "server.log")
        let report = try await report(log: log) {
            try FileManager.default.removeItem(atPath: log)
            try write("token \(mine.canary.password)\n", to: "server.log")
        }
        #expect(report.findings.map(\.kind) == [.exposed])
        #expect(report.unsearched.count == 1)
    }
}
