import ArgumentParser

/// What a buyer proves himself.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that a server keeps what it promises.",
        subcommands: [VerifyIsolation.self, VerifyCertificate.self]
    )
}
