import ArgumentParser
import Foundation
import Trust

/// Needs no server: a certificate speaks for itself, and for whose it is by the key.
struct VerifyCertificate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Check a certificate of erasure, offline.",
        discussion: """
            Without --key it is checked that nothing of it was changed since somebody signed it. Who that was shows only \
            the server's public key, which GET /api/v1/system/certificate-key gives to anybody: get it from there, or \
            while the server is still trusted, and name it here.
            """
    )

    @Argument(help: ArgumentHelp("The certificate.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The server's public key, base64 or hexadecimal.", valueName: "public key"))
    var key: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Report: Encodable {
        let isValid: Bool
        let code: String?
        let message: String?
        let certificate: ErasureCertificate?
    }

    func validate() throws {
        if let key, Self.bytes(key) == nil {
            throw ValidationError("--key must be a public key of 32 bytes, in base64 or hexadecimal")
        }
    }

    func run() async throws {
        let text = String(decoding: try OutputFile.read(file), as: UTF8.self)
        let certificate: ErasureCertificate
        do {
            certificate = try ErasureCertificate(checking: text, against: key.flatMap(Self.bytes))
        } catch {
            if json {
                try Console.writeJSON(
                    Report(isValid: false, code: error.code.rawValue, message: error.message, certificate: nil)
                )
            } else {
                Console.note("\(file) proves nothing: \(error.message)")
            }
            throw ExitCode.wanting
        }
        if json {
            return try Console.writeJSON(Report(isValid: true, code: nil, message: nil, certificate: certificate))
        }
        for line in Self.lines(certificate, isKeyGiven: key != nil) { Console.write(line) }
    }

    private static func lines(_ certificate: ErasureCertificate, isKeyGiven: Bool) -> [String] {
        let statement = certificate.statement
        let versions = statement.keys.map { "\($0.version)" }.joined(separator: ", ")
        let files = statement.folders.reduce(0) { $0 + $1.files }
        var lines = [
            "\(statement.slug) (\(statement.organization)) was erased",
            "  asked for by \(statement.askedBy) at \(statement.askedAt), done at \(statement.endedAt)",
            "  keys destroyed at \(statement.keysDestroyedAt): \(versions.isEmpty ? "there were none" : versions)",
            "  \(statement.rowCount) rows of \(statement.tables.count) tables, \(files) files",
            statement.compactedAt.map { "  the database was written anew at \($0)" }
                ?? "  the database is still to be compacted: copies of rows may lie in unused parts of its pages",
        ]
        if let chain = statement.auditChain {
            lines.append("  its audit chain ended with entry \(chain.number), \(chain.hash)")
        }
        lines.append(
            isKeyGiven
                ? "signed by the server with that key"
                : "signed with the key \(certificate.publicKey): is it the server's?"
        )
        return lines
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        if let data = Data(base64Encoded: text), data.count == 32 { return [UInt8](data) }
        let digits = text.compactMap(\.hexDigitValue)
        guard text.count == 64, digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
