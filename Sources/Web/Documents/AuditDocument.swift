import Plant
package import Trust

/// An entry of an audit chain as clients see it.
package struct AuditDocument: Encodable, Sendable {
    let number: Int64
    let at: Instant
    let actor: String
    /// An e-mail address, where the actor is a user of the organization; no part of the chain.
    let name: String?
    let action: String
    let resource: String
    let metadata: [String: String]
    let previous: String
    let hash: String

    package init(_ entry: AuditEntry, names: [String: String] = [:]) {
        number = entry.number
        at = entry.at
        actor = entry.actor
        name = names[entry.actor]
        action = entry.action
        resource = entry.resource
        metadata = entry.metadata
        previous = entry.previous.hexadecimal
        hash = entry.hash.hexadecimal
    }
}

/// A signed head as clients see it.
struct AuditHeadDocument: Encodable, Sendable {
    let number: Int64
    let hash: String
    let at: Instant
    let key: String
    let signature: String

    init(_ head: AuditHead) {
        number = head.number
        hash = head.hash.hexadecimal
        at = head.at
        key = AuditHexadecimal.text(head.publicKey)
        signature = AuditHexadecimal.text(head.signature)
    }
}
