import Plant

/// What people say of one raise of an alarm: the last word of each.
package struct Opinion: Hashable, Sendable {
    package enum Verdict: String, Hashable, Sendable, Codable {
        case right = "RIGHT"
        case wrong = "WRONG"
        /// They do not agree.
        case disputed = "DISPUTED"
    }

    /// One of each person, newest first.
    package let words: [Feedback]

    /// Of all that was said of it, in any order; nil where nobody said anything.
    package init?(_ all: [Feedback]) {
        guard !all.isEmpty else { return nil }
        var heard: Set<String> = []
        words = all.sorted { ($0.at, $0.id.description) > ($1.at, $1.id.description) }
            .filter { heard.insert($0.by).inserted }
    }

    package var verdict: Verdict {
        let right = words.count(where: \.isAccurate)
        if right == words.count { return .right }
        return right == 0 ? .wrong : .disputed
    }

    /// What was wrong in truth, as far as they name it.
    package var components: Set<String> { Set(words.filter(\.isAccurate).compactMap(\.component)) }
}
