import ArgumentParser

/// An organization's rules: tried on history, brought along from elsewhere, and what became of them.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Rehearse alarm rules on history, import them, and see their versions.",
        subcommands: [RehearseRules.self, ImportRules.self, RuleVersions.self]
    )
}
