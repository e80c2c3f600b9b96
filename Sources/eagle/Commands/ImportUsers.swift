import ArgumentParser
import Connectors
import Plant
import Serving
import Storage
import Trust

/// Brings another system's users along, with the passwords they have.
struct ImportUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring users along from another system, with their bcrypt hashes.",
        discussion: """
            Reads a CSV file with the columns email, role (ADMIN or OPERATOR) and hash ($2a$, $2b$ or $2y$, cost 4 to \
            14). All are brought along, or none. Each signs in with the password he has, which is hashed with scrypt \
            from then on.
            """
    )

    @OptionGroup var place: OrganizationOnDisk

    @Argument(help: ArgumentHelp("The users.", valueName: "file.csv"))
    var file: String

    func run() async throws {
        let accounts = try AccountsFile(path: file)
        guard accounts.problems.isEmpty else { throw Self.refusal(accounts.problems) }
        let (stores, scope) = try await place.open()
        do {
            let countMax = try await place.directory.limits(of: scope, stores)[.users]
            let metadata = ["count": String(accounts.rows.count)]
            let users = try await TerminalRecord(stores, in: scope).of("user import", on: "accounts", metadata) {
                try await stores.users.bring(
                    accounts.rows.map(\.account),
                    at: SystemTime().now,
                    countMax: countMax,
                    in: scope
                )
            }
            for user in users { Console.write("\(user.email) \(user.id) \(user.role.rawValue)") }
            Console.note("\(users.count) users brought along")
        } catch let error as AddressesTaken {
            throw Self.refusal(
                error.indices.map { index in
                    let row = accounts.rows[index]
                    return FileError(
                        .valueUnreadable,
                        path: file,
                        line: row.line,
                        "the email '\(row.account.email)' is taken on this server"
                    )
                }
            )
        }
    }

    /// All that is wrong, each with its place, and what became of the rest.
    private static func refusal(_ problems: [FileError]) -> CommandError {
        for problem in problems.dropLast() { Console.note("eagle: \(problem)") }
        let last = problems.last.map { "\($0)\n" } ?? ""
        return CommandError(last + "nobody was brought along: mend the file and try again")
    }
}
