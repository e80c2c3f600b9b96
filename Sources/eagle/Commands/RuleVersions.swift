import Alarms
import ArgumentParser
import Plant
import Storage
import Web

/// Who changed an organization's rules, when, and what.
struct RuleVersions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "Who changed the rules when, and what was added, changed and removed."
    )

    @OptionGroup var place: OrganizationOnDisk

    @Option(help: "How many, 1 to 200, the newest first.")
    var limit = 20

    @Flag(help: "Print them as JSON.")
    var json = false

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit must be from 1 to 200") }
    }

    func run() async throws {
        let (stores, scope) = try await place.open()
        let (items, hasMore) = try await RuleVersionDocument.list(stores, before: nil, limit: limit, in: scope)
        if json { return try Console.writeJSON(items) }
        for item in items {
            Console.write("version \(item.version), \(item.createdAt)\(item.createdBy.map { ", \($0)" } ?? "")")
            for rule in item.added { Console.write("  + \(rule.id)") }
            for change in item.changed { Console.write("  ~ \(change.id): \(change.keys.joined(separator: ", "))") }
            for rule in item.removed { Console.write("  - \(rule.id)") }
        }
        if items.isEmpty { Console.note("The organization has no schema yet.") }
        if hasMore { Console.note("There are older ones: see --limit.") }
    }
}
