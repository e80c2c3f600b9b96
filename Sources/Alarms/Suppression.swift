package import Plant

/// Whether an alarm is kept from annunciating, by whom and until when (ISA-18.2-2016, clause 5: shelved, suppressed by
/// design, out of service); it never touches the process state.
package struct Suppression: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case none
        /// An operator's, for a while.
        case shelved
        /// A consequence of what is wrong with the asset's parent.
        case suppressedByDesign
        /// An admin's, while people work on the plant.
        case outOfService
    }

    package let kind: Kind
    /// Who said so; nil where nobody did.
    package let by: String?
    package let reason: String?
    package let since: Instant?
    /// When it ends by itself; nil where it does not.
    package let until: Instant?

    package init(
        kind: Kind,
        by: String? = nil,
        reason: String? = nil,
        since: Instant? = nil,
        until: Instant? = nil
    ) {
        self.kind = kind
        self.by = by
        self.reason = reason
        self.since = since
        self.until = until
    }

    package static let none = Suppression(kind: .none)

    package var isInForce: Bool { kind != .none }
}

extension Suppression: Codable {
    private enum CodingKeys: String, CodingKey { case kind, by, reason, since, until }

    /// Reads what `encode` wrote, and the bare kind as it was written before there was more to say.
    package init(from decoder: any Decoder) throws {
        if let kind = try? decoder.singleValueContainer().decode(Kind.self) {
            self.init(kind: kind)
            return
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            kind: try values.decode(Kind.self, forKey: .kind),
            by: try values.decodeIfPresent(String.self, forKey: .by),
            reason: try values.decodeIfPresent(String.self, forKey: .reason),
            since: try values.decodeIfPresent(Instant.self, forKey: .since),
            until: try values.decodeIfPresent(Instant.self, forKey: .until)
        )
    }
}
