import ArgumentParser
import Serving
import Storage
import Trust

extension UserCommand {
    /// Users' second factors.
    struct TOTP: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "totp",
            abstract: "Users' second factors.",
            subcommands: [Remove.self]
        )

        struct Remove: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Take a user's second factor away, for one who is locked out.",
                discussion: "Ends the user's sessions. The password alone signs in then, or sets up another factor."
            )

            @Option(help: "What the user signs in with.")
            var email: String

            @OptionGroup var directory: DataDirectory

            func run() async throws {
                let stores = try await directory.stores()
                let scope = SystemScope(for: .administration)
                guard let account = try await stores.users.byEmail(email, in: scope) else {
                    throw CommandError("there is no user '\(email)': eagle user list shows an organization's")
                }
                let user = account.user
                let record = TerminalRecord(stores, in: directory.place(of: user.organization))
                try await record.of("user totp remove", on: "accounts/\(user.id)/totp", ["change": "removed"]) {
                    guard try await stores.secondFactors.remove(of: user.id, in: scope) else {
                        throw CommandError("\(user.email) has no second factor")
                    }
                    try await stores.users.revokeAll(of: user.id, at: SystemTime().now, in: scope)
                }
                Console.write("\(user.email) signs in without a code now")
            }
        }
    }
}
