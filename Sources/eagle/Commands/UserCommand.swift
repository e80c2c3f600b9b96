import ArgumentParser
import Foundation
import Plant
import Serving
import Storage
import Trust

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Make, list, disable, remove and bring along users, in a server's data directory.",
        discussion: "Works while the server runs.",
        subcommands: [
            Create.self, List.self, Disable.self, Enable.self, Remove.self, SetPassword.self, ImportUsers.self,
            TOTP.self,
        ]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a user.",
            discussion:
                "The password is asked for, or read as a line from a pipe; with --generate one is made and shown once."
        )

        @Option(help: "What the user signs in with; unique on the server.")
        var email: String

        @Option(help: "SUPER_ADMIN, ADMIN or OPERATOR.")
        var role: Role

        @Option(help: ArgumentHelp("The organization; all but a SUPER_ADMIN have one.", valueName: "slug"))
        var organization: String?

        @Flag(help: "Make a password and show it once.")
        var generate = false

        @OptionGroup var directory: DataDirectory

        func validate() throws {
            guard (role == .superAdmin) == (organization == nil) else {
                throw ValidationError(
                    role == .superAdmin
                        ? "a SUPER_ADMIN belongs to no organization: leave --organization out"
                        : "\(role.rawValue) belongs to an organization: add --organization"
                )
            }
        }

        func run() async throws {
            let stores = try await directory.stores()
            let scope = SystemScope(for: .administration)
            var id: ID<Organization>?
            if let organization {
                guard let found = try await stores.organizations.bySlug(organization, in: scope) else {
                    throw CommandError("there is no organization '\(organization)': eagle organization list shows them")
                }
                id = found.id
            }
            let password = try generate ? PasswordInput.generated() : PasswordInput.asked()
            var generator = SystemRandomNumberGenerator()
            let passwordHash = try PasswordHash(of: password, using: &generator)
            let place = directory.place(of: id)
            let tenant = id.map { directory.scope(of: $0) }
            let metadata = ["email": email, "role": role.rawValue]
            let user = try await TerminalRecord(stores, in: place).of("user create", on: "accounts", metadata) {
                guard let tenant else {
                    return try await stores.users.create(
                        email: email,
                        passwordHash: passwordHash,
                        role: role,
                        organization: nil,
                        at: SystemTime().now,
                        in: scope
                    )
                }
                return try await stores.users.create(
                    email: email,
                    passwordHash: passwordHash,
                    role: role,
                    at: SystemTime().now,
                    countMax: try await directory.limits(of: tenant, stores)[.users],
                    in: tenant
                )
            }
            Console.write("\(user.email) \(user.id) \(user.role.rawValue)")
            if generate { Console.write("password: \(password)") }
        }

    }

    struct SetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "password",
            abstract: "Give a user a new password, and end all of his sessions.",
            discussion: "Also for a SUPER_ADMIN who is locked out."
        )

        @Option(help: "What the user signs in with.")
        var email: String

        @Flag(help: "Make a password and show it once.")
        var generate = false

        @OptionGroup var directory: DataDirectory

        func run() async throws {
            let stores = try await directory.stores()
            let scope = SystemScope(for: .administration)
            guard let account = try await stores.users.byEmail(email, in: scope) else {
                throw CommandError("there is no user '\(email)'")
            }
            let password = try generate ? PasswordInput.generated() : PasswordInput.asked()
            var generator = SystemRandomNumberGenerator()
            let hash = try PasswordHash(of: password, using: &generator)
            let record = TerminalRecord(stores, in: directory.place(of: account.user.organization))
            try await record.of("user password", on: "accounts/\(account.user.id)") {
                try await stores.users.setPassword(hash, of: account.user.id, at: SystemTime().now, in: scope)
            }
            if generate { Console.write("password: \(password)") }
            Console.note("the password is set, and all sessions of \(account.user.email) are ended")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List an organization's users, or those who run the server."
        )

        @Argument(help: ArgumentHelp("The organization.", valueName: "slug"))
        var organization: String?

        @Flag(help: "Those who run the server, of no organization.")
        var superAdmins = false

        @OptionGroup var directory: DataDirectory

        func validate() throws {
            guard superAdmins == (organization == nil) else {
                throw ValidationError("name an organization, or give --super-admins")
            }
        }

        func run() async throws {
            let stores = try await directory.stores()
            for user in try await users(stores) {
                Console.write(
                    "\(user.email) \(user.id) \(user.role.rawValue)" + (user.disabledAt == nil ? "" : " disabled")
                )
            }
        }

        private func users(_ stores: Stores) async throws -> [User] {
            let scope = SystemScope(for: .administration)
            guard let organization else { return try await stores.users.superAdmins(in: scope) }
            guard let found = try await stores.organizations.bySlug(organization, in: scope) else {
                throw CommandError("there is no organization '\(organization)': eagle organization list shows them")
            }
            return try await stores.users.list(in: OrganizationScope(provenFor: found.id))
        }
    }

    /// Somebody who is there, by his address: of an organization, or a super admin.
    struct Choice: ParsableArguments {
        @Option(help: "What the user signs in with.")
        var email: String

        @OptionGroup var directory: DataDirectory

        func open() async throws -> (stores: Stores, user: User) {
            let stores = try await directory.stores()
            guard let account = try await stores.users.byEmail(email, in: SystemScope(for: .administration)) else {
                throw CommandError("there is no user '\(email)'")
            }
            return (stores, account.user)
        }

        /// All of the server's: a super admin may have subscribed a browser in each.
        func organizations(_ stores: Stores) async throws -> [OrganizationScope] {
            try await stores.organizations.all(in: SystemScope(for: .administration))
                .map { directory.scope(of: $0.id) }
        }

        func record(_ command: String, _ stores: Stores, of user: User, _ act: () async throws -> Void) async throws {
            let record = TerminalRecord(stores, in: directory.place(of: user.organization))
            try await record.of(command, on: "accounts/\(user.id)", ["email": user.email], act)
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End all of a user's sessions, and let him in no more.",
            discussion: "The last ADMIN of an organization and the last SUPER_ADMIN who can sign in stay."
        )

        @OptionGroup var choice: Choice

        func run() async throws {
            let (stores, user) = try await choice.open()
            try await choice.record("user disable", stores, of: user) {
                let now = SystemTime().now
                if let organization = user.organization {
                    let scope = choice.directory.scope(of: organization)
                    _ = try await stores.users.disable(user.id, at: now, in: scope)
                } else {
                    _ = try await stores.users.disable(
                        user.id,
                        at: now,
                        leaving: try await choice.organizations(stores),
                        in: SystemScope(for: .administration)
                    )
                }
            }
            Console.note("\(user.email) is disabled, and all his sessions are ended")
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a user who was disabled sign in again.")

        @OptionGroup var choice: Choice

        func run() async throws {
            let (stores, user) = try await choice.open()
            try await choice.record("user enable", stores, of: user) {
                let now = SystemTime().now
                if let organization = user.organization {
                    let scope = choice.directory.scope(of: organization)
                    _ = try await stores.users.enable(user.id, at: now, in: scope)
                } else {
                    _ = try await stores.users.enable(user.id, at: now, in: SystemScope(for: .administration))
                }
            }
            Console.note("\(user.email) may sign in again")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a user; what he did keeps his address.",
            discussion: "The last ADMIN of an organization and the last SUPER_ADMIN who can sign in stay."
        )

        @OptionGroup var choice: Choice

        func run() async throws {
            let (stores, user) = try await choice.open()
            try await choice.record("user remove", stores, of: user) {
                let now = SystemTime().now
                if let organization = user.organization {
                    try await stores.users.remove(user.id, at: now, in: choice.directory.scope(of: organization))
                } else {
                    try await stores.users.remove(
                        user.id,
                        at: now,
                        leaving: try await choice.organizations(stores),
                        in: SystemScope(for: .administration)
                    )
                }
            }
            Console.note("\(user.email) is removed")
        }
    }
}

/// How commands come by a password.
private enum PasswordInput {
    /// 120 bits, without letters that are read one for another.
    static func generated() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<24).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }

    static func asked() throws -> String {
        if isatty(STDIN_FILENO) == 1 {
            guard let text = getpass("Password: ") else { throw CommandError("no password was given") }
            return String(cString: text)
        }
        guard let line = readLine(), !line.isEmpty else {
            throw CommandError("no password was given: write one to standard input, or use --generate")
        }
        return line
    }
}

extension Role: ExpressibleByArgument {}

/// What a command can't do, in words.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
