import ArgumentParser
import Foundation
import UnixSignals
import Verification

struct VerifyIsolation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isolation",
        abstract: "Prove against a running server that no organization sees another's data.",
        discussion: """
            Makes two canary organizations, tries every operation of the server's own openapi.yaml as the one with all \
            that is the other's (ids, names, tokens, page keys, stream position), looks for the other's values in \
            every answer, header and frame, and takes both organizations away again. The report is worth keeping.

            The password comes from --password-file, from EAGLE_PASSWORD, or is asked for. Run it on the server's \
            machine with --data and --log to look through files and log lines too.

            Exit codes: 0 isolated, 3 findings, 4 not proven, since operations, files or the log were not reached, 1 it \
            could not be done.
            """
    )

    @Option(help: ArgumentHelp("The server, such as https://eagle.example.", valueName: "url"))
    var url: String

    @Option(help: "A super admin's address.")
    var email: String

    @Option(help: ArgumentHelp("His password, the file's first line.", valueName: "file"))
    var passwordFile: String?

    @Option(help: ArgumentHelp("A code of his second factor, where he has one.", valueName: "digits"))
    var code: String?

    @Option(help: ArgumentHelp("A model to give to one of the organizations.", valueName: "file"))
    var model: String?

    @Option(help: ArgumentHelp("The server's data directory, to look through its files.", valueName: "folder"))
    var data: String?

    @Option(help: ArgumentHelp("The server's log, to look through what it writes meanwhile.", valueName: "file"))
    var log: String?

    @Option(help: ArgumentHelp("Authorities to trust beside the system's, PEM.", valueName: "file"))
    var authorities: String?

    @Option(help: ArgumentHelp("Where to write the report: a name in .html or .md.", valueName: "file"))
    var report: String?

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        guard ServerAddress(url) != nil else {
            throw ValidationError("--url must be such as http://127.0.0.1:8080 or https://eagle.example")
        }
        if let report, ReportText.Style(path: report) == nil {
            throw ValidationError("--report must end in .html or .md")
        }
    }

    func run() async throws {
        guard let server = ServerAddress(url) else { throw ExitCode.validationFailure }
        var options = IsolationWalk.Options(email: email, password: try password())
        (options.code, options.dataDirectory, options.log) = (code, data, log)
        options.model = try model.map { try OutputFile.read($0) }
        options.verifierVersion = Version.text
        let bar = ProgressBar()
        let walk = IsolationWalk(
            client: try APIClient(server: server, authorities: authorities),
            options: options,
            progress: { bar.show($0, share: $1, counted: $2) }
        )
        let failure = await Self.failure(of: walk)
        // Whatever has happened, what was made is taken away.
        await walk.cleanUp()
        ProgressBar.clearLine()
        let result = await walk.result
        for left in result.leftBehind { Console.note("warning: \(left)") }
        if let failure { throw failure }
        try tell(result)
        if !result.findings.isEmpty { throw ExitCode.wanting }
        if !result.isWhole { throw ExitCode.unproven }
        if !result.leftBehind.isEmpty { throw ExitCode.failure }
    }

    /// Runs to the end, or until somebody interrupts; nil where it came to its end.
    private static func failure(of walk: IsolationWalk) async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                do {
                    try await walk.run()
                    return nil
                } catch {
                    return error
                }
            }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return CommandError("interrupted: nothing was proven")
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            await group.waitForAll()
            return first
        }
    }

    private func password() throws -> String {
        if let passwordFile {
            let text = String(decoding: try OutputFile.read(passwordFile), as: UTF8.self)
            guard let line = text.split(whereSeparator: \.isNewline).first else {
                throw CommandError("\(passwordFile) is empty: its first line is the password")
            }
            return String(line)
        }
        if let text = ProcessInfo.processInfo.environment["EAGLE_PASSWORD"], !text.isEmpty { return text }
        guard isatty(STDIN_FILENO) == 1, let text = getpass("Password of \(email): ") else {
            throw CommandError("no password was given: use --password-file or EAGLE_PASSWORD")
        }
        return String(cString: text)
    }

    private func tell(_ result: IsolationReport) throws {
        if let report, let style = ReportText.Style(path: report) {
            try OutputFile.write(Array(ReportText.text(result, style).utf8), to: report)
        }
        if json { return try Console.writeJSON(result) }
        Console.write(result.verdict)
        Console.write(
            "\(result.requestCount) requests, \(result.coveredCount) of \(result.operations.count) operations "
                + "(\(result.coveragePercent) %), \(result.findings.count) findings"
        )
        for finding in result.findings {
            let who = [finding.identity, finding.aim].filter { !$0.isEmpty }.joined(separator: ", ")
            Console.write("  \(finding.kind.rawValue): \(finding.place)\(who.isEmpty ? "" : " as \(who)")")
            Console.write("    expected \(finding.expected); came \(finding.found)")
        }
        for row in result.unreached {
            Console.write("  not reached: \(row.method) \(row.path): \(row.unreached ?? "")")
        }
        for text in result.unsearched { Console.write("  not looked through: \(text)") }
        if report == nil { for text in result.notExercised { Console.write("  not exercised: \(text)") } }
    }
}
