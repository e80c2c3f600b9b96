package import Plant

/// One event at its place in a chain, bound to all before it.
///
/// Its texts are kept as they are, so that what a newer program has written is still verified by an older one.
package struct AuditEntry: Hashable, Sendable {
    package let chain: AuditChain
    /// From 1, without a gap.
    package let number: Int64
    package let at: Instant
    package let actor: String
    package let action: String
    package let resource: String
    package let metadata: [String: String]
    /// Of the entry before; ``AuditHash/none`` for the first.
    package let previous: AuditHash
    package let hash: AuditHash

    /// An entry as it was kept; whether it is whole, ``isWhole`` says.
    package init(
        chain: AuditChain,
        number: Int64,
        at: Instant,
        actor: String,
        action: String,
        resource: String,
        metadata: [String: String],
        previous: AuditHash,
        hash: AuditHash
    ) {
        self.chain = chain
        self.number = number
        self.at = at
        self.actor = actor
        self.action = action
        self.resource = resource
        self.metadata = metadata
        self.previous = previous
        self.hash = hash
    }

    /// What follows the entry of that number and hash; 0 and ``AuditHash/none`` before the first.
    package init(
        _ event: AuditEvent,
        after number: Int64,
        _ previous: AuditHash,
        at: Instant,
        in chain: AuditChain
    ) {
        let draft = AuditEntry(
            chain: chain,
            number: number + 1,
            at: at,
            actor: event.actor.text,
            action: event.action.rawValue,
            resource: event.resource,
            metadata: event.metadata,
            previous: previous,
            hash: .none
        )
        self = draft.hashed
    }

    /// The same with the hash that it must have.
    package var hashed: AuditEntry {
        AuditEntry(
            chain: chain,
            number: number,
            at: at,
            actor: actor,
            action: action,
            resource: resource,
            metadata: metadata,
            previous: previous,
            hash: fields.hash
        )
    }

    /// What is hashed: exactly the texts that an export shows.
    package var fields: AuditFields {
        var fields = AuditFields("eagle-audit-entry-1")
        for text in [chain.text, String(number), at.description, actor, action, resource, String(metadata.count)] {
            fields.add(text)
        }
        for (key, value) in sortedMetadata {
            fields.add(key)
            fields.add(value)
        }
        fields.add(previous.hexadecimal)
        return fields
    }

    /// By the bytes of its keys.
    var sortedMetadata: [(key: String, value: String)] {
        metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Whether the hash is that of all the rest.
    package var isWhole: Bool { hash == fields.hash }
}
