import ArgumentParser
import Foundation
import Plant
import Serving
import Storage
import Trust

struct APIKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apikey",
        abstract: "Make, list and revoke machines' keys, in a server's data directory.",
        discussion: "Works while the server runs; a revoked key opens nothing from the next second on.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key, and show it once.",
            discussion: """
                Send it as 'Authorization: Bearer eagle_...'. It opens what is named here, in this organization, and \
                nothing else. docs/access.md lists the permissions.
                """
        )

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: "What it is for, as lists show it.")
        var name: String

        @Option(help: ArgumentHelp("What it may, such as reading:write; several times.", valueName: "permission"))
        var permission: [Permission]

        @Option(help: ArgumentHelp("It ends after so many days; without, once it is revoked.", valueName: "days"))
        var days: Int?

        @Flag(help: "Write it as JSON.")
        var json = false

        func validate() throws {
            if permission.isEmpty { throw ValidationError("name what the key may: add --permission reading:write") }
            if let days, !(1...36_500).contains(days) { throw ValidationError("--days is 1 to 36500") }
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            var generator = SystemRandomNumberGenerator()
            let id = ID<APIKey>.random(using: &generator)
            let text = APIKeyText(for: id, using: &generator)
            let now = SystemTime().now
            let key = try APIKey(
                id: id,
                organization: scope.id,
                named: name,
                for: permission,
                createdBy: OrganizationOnDisk.author,
                at: now,
                until: days.map { now + .seconds(86_400 * $0) }
            )
            let countMax = try await place.directory.limits(of: scope, stores)[.apiKeys]
            let metadata = ["name": name, "permissions": KeyText.names(key).joined(separator: " ")]
            try await TerminalRecord(stores, in: scope).of("apikey create", on: "api-keys/\(id)", metadata) {
                try await stores.apiKeys.create(key, hash: text.hash, countMax: countMax, in: scope)
            }
            if json { return try Console.writeJSON(KeyText(key, secret: text)) }
            Console.write(text.text)
            Console.note("Keep it now: it is not shown again. Its id is \(id).")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List an organization's keys, without their secrets.")

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Write them as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let keys = try await stores.apiKeys.list(in: scope)
            if json { return try Console.writeJSON(keys.map { KeyText($0) }) }
            for key in keys {
                let used = key.lastUsedAt.map { "used \($0)" } ?? "never used"
                let end = key.expiresAt.map { ", until \($0)" } ?? ""
                Console.write("\(key.id) \(key.name): \(KeyText.names(key).joined(separator: " ")), \(used)\(end)")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a key back, for good.")

        @OptionGroup var place: OrganizationOnDisk

        @Argument(help: ArgumentHelp("The key's id, as 'eagle apikey list' shows it.", valueName: "id"))
        var id: String

        func run() async throws {
            let (stores, scope) = try await place.open()
            guard let key = ID<APIKey>(id) else {
                throw CommandError("'\(id)' is no id of a key: eagle apikey list shows them")
            }
            try await TerminalRecord(stores, in: scope).of("apikey revoke", on: "api-keys/\(key)") {
                try await stores.apiKeys.revoke(key, at: SystemTime().now, in: scope)
            }
            Console.note("revoked: it opens nothing any more")
        }
    }

    private struct KeyText: Encodable {
        let id: ID<APIKey>
        let name: String
        let permissions: [String]
        let createdBy: String
        let createdAt: Instant
        let expiresAt: Instant?
        let lastUsedAt: Instant?
        let key: String?

        init(_ apiKey: APIKey, secret: APIKeyText? = nil) {
            id = apiKey.id
            name = apiKey.name
            permissions = Self.names(apiKey)
            createdBy = apiKey.createdBy
            createdAt = apiKey.createdAt
            expiresAt = apiKey.expiresAt
            lastUsedAt = apiKey.lastUsedAt
            key = secret?.text
        }

        static func names(_ key: APIKey) -> [String] { key.permissions.map(\.rawValue).sorted() }
    }
}

extension Permission: ExpressibleByArgument {
    /// Those that a key may have.
    static var allValueStrings: [String] { allCases.filter(\.isForKeys).map(\.rawValue) }
}
