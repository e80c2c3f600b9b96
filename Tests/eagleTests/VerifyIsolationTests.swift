import Foundation
import TestSupport
import Testing

/// The command that a buyer runs, against the server that he runs.
@Suite(.timeLimit(.minutes(20))) struct VerifyIsolationTests {
    private static let password = "a password for judging"

    private func server(_ folder: TemporaryDirectory) throws -> EagleServer {
        let made = try EagleProcess.run(
            ["user", "create", "--data", folder.path("data"), "--email", "root@example.com", "--role", "SUPER_ADMIN"],
            input: Self.password + "\n"
        )
        try #require(made.status == 0, "\(made.errors)")
        return try EagleServer(data: folder.path("data"), log: folder.path("server.log"))
    }

    private func verify(
        _ server: EagleServer,
        _ arguments: [String] = [],
        password: String = password
    ) throws -> EagleProcess.Outcome {
        try EagleProcess.run(
            ["verify", "isolation", "--url", "http://127.0.0.1:\(server.port)", "--email", "root@example.com"]
                + arguments,
            environment: ["EAGLE_PASSWORD": password]
        )
    }

    private struct Report: Decodable {
        let findings: [Finding]
        let operations: [Row]
        let organizations: [String]
        let leftBehind: [String]
        let searched: [String]
        let unsearched: [String]
        let contractDigest: String

        struct Finding: Decodable {
            let place: String
            let found: String
        }

        struct Row: Decodable {
            let requestCount: Int
            let unreached: String?
        }
    }

    @Test func `a server is isolated, its files too, and nothing is left behind`() throws {
        let folder = try TemporaryDirectory()
        let server = try server(folder)
        defer { server.kill() }
        let page = folder.path("report.html")
        let outcome = try verify(
            server,
            ["--json", "--data", folder.path("data"), "--log", folder.path("server.log"), "--report", page]
        )
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        for finding in report.findings { Issue.record("\(finding.place): \(finding.found)") }
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(report.leftBehind == [])
        #expect(report.unsearched == [])
        for what in ["files of the data directory", "bytes of the log"] {
            #expect(report.searched.contains { $0.hasSuffix(what) && !$0.hasPrefix("0 ") }, "\(report.searched)")
        }
        #expect(report.operations.count > 80)
        #expect(report.operations.allSatisfy { $0.requestCount > 0 && $0.unreached == nil })
        #expect(!outcome.errors.contains("█"))
        let text = String(decoding: try folder.bytes("report.html"), as: UTF8.self)
        #expect(text.hasPrefix("<!doctype html>"))
        #expect(text.contains("Isolated: nothing of one organization was told to the other."))
        #expect(text.contains(report.contractDigest))
        #expect(text.contains("@media print"))
        #expect(!text.contains(Self.password))
        let list = try EagleProcess.run(["organization", "list", "--data", folder.path("data")])
        for slug in report.organizations { #expect(!list.output.contains(slug)) }
    }

    @Test func `an interrupted walk takes away what it made`() async throws {
        let folder = try TemporaryDirectory()
        let server = try server(folder)
        defer { server.kill() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: EagleProcess.path)
        process.arguments = [
            "verify", "isolation", "--url", "http://127.0.0.1:\(server.port)", "--email", "root@example.com",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["EAGLE_PASSWORD": Self.password]) { $1 }
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        func organizations() throws -> String {
            try EagleProcess.run(["organization", "list", "--data", folder.path("data")]).output
        }
        while try !organizations().contains("canary-b"), process.isRunning {}
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(try !organizations().contains("canary"))
    }

    @Test func `whoever may not judge is told why, and nothing is made`() throws {
        let folder = try TemporaryDirectory()
        let server = try server(folder)
        defer { server.kill() }
        let wrong = try verify(server, password: "not the password")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("can't sign in"))
        let list = try EagleProcess.run(["organization", "list", "--data", folder.path("data")])
        #expect(!list.output.contains("canary"))
    }

    @Test(arguments: [
        ["--url", "eagle.example", "--email", "a@b"],
        ["--url", "http://127.0.0.1:9", "--email", "a@b", "--report", "x.pdf"],
        ["--email", "a@b"],
    ])
    func `wrong use is 2`(arguments: [String]) throws {
        #expect(try EagleProcess.run(["verify", "isolation"] + arguments).status == 2)
    }

    @Test func `a server that is not there is an error that names it`() throws {
        let outcome = try EagleProcess.run(
            ["verify", "isolation", "--url", "http://127.0.0.1:9", "--email", "a@b"],
            environment: ["EAGLE_PASSWORD": "anything"]
        )
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("http://127.0.0.1:9"))
    }
}
