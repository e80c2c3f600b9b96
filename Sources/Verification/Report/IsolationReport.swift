/// What was tried against a server, and what it told: for whoever bought it to keep.
package struct IsolationReport: Hashable, Sendable, Codable {
    /// How an operation fared.
    package struct Row: Hashable, Sendable, Codable {
        package let operation: String
        package let method: String
        package let path: String
        package internal(set) var requestCount = 0
        /// By what was tried, the statuses of the answers, most frequent first.
        package internal(set) var statuses: [String: [String]] = [:]
        /// Why it was not walked; nil where it was.
        package internal(set) var unreached: String?

        var label: String { "\(method) \(path)" }

        /// Statuses with which a server says nothing of what was asked for.
        private static let evasions: Set<String> = ["401", "429", "502", "503", "504"]

        /// Why what was answered says nothing of isolation; nil where it does.
        func silence(isOpen: Bool) -> String? {
            guard requestCount > 0 else { return "no request could be made of it" }
            guard !isOpen else { return nil }
            let heard = Set(statuses.filter { $0.key != Aim.unproven.rawValue }.flatMap(\.value))
            guard heard.isSubset(of: Self.evasions) else { return nil }
            if heard.isEmpty { return "nobody who is signed in could ask for it" }
            return "who is signed in was never answered but by \(heard.sorted().joined(separator: ", "))"
        }
    }

    package struct Count: Hashable, Sendable, Codable {
        package let name: String
        package let requests: Int
    }

    package internal(set) var server: String
    package internal(set) var serverVersion = "not told"
    package internal(set) var contractVersion = ""
    /// SHA-256 of the server's openapi.yaml.
    package internal(set) var contractDigest = ""
    package internal(set) var verifierVersion: String
    /// RFC 3339, by the clock of the machine that asked.
    package internal(set) var startedAt: String
    package internal(set) var endedAt = ""
    /// Slugs of the two canary organizations.
    package internal(set) var organizations: [String] = []
    package internal(set) var requestCount = 0
    package internal(set) var identities: [Count] = []
    package internal(set) var operations: [Row] = []
    package internal(set) var findings: [Finding] = []
    /// What could not be tried as it should have been, and why.
    package internal(set) var notExercised: [String] = []
    /// What is known to tell a little, or was left out on purpose.
    package internal(set) var exemptions: [Exemption] = []
    /// What was looked through beside the answers.
    package internal(set) var searched: [String] = []
    /// What was to be looked through too and was not, and why.
    package internal(set) var unsearched: [String] = []
    /// What the walk made and could not take away again.
    package internal(set) var leftBehind: [String] = []

    init(server: String, verifierVersion: String, startedAt: String) {
        self.server = server
        self.verifierVersion = verifierVersion
        self.startedAt = startedAt
    }

    package var unreached: [Row] { operations.filter { $0.unreached != nil } }
    package var coveredCount: Int { operations.count - unreached.count }

    /// Whole per cent, never rounded up.
    package var coveragePercent: Int { operations.isEmpty ? 0 : coveredCount * 100 / operations.count }

    /// Whether all that was to be looked at was, whatever was found.
    package var isWhole: Bool { unreached.isEmpty && unsearched.isEmpty && !operations.isEmpty }

    /// Whether nothing was found, in all operations and in all that was to be looked through.
    package var isIsolated: Bool { findings.isEmpty && isWhole }

    package var verdict: String {
        if isIsolated { return "Isolated: nothing of one organization was told to the other." }
        if !findings.isEmpty { return "NOT isolated: \(findings.count) findings." }
        let missing = [
            unreached.isEmpty && !operations.isEmpty
                ? nil : "\(unreached.count) of \(operations.count) operations were not reached",
            unsearched.isEmpty ? nil : "\(unsearched.joined(separator: "; "))",
        ]
        return "Not proven: \(missing.compactMap(\.self).joined(separator: "; "))."
    }
}
