package import Plant

/// The server's word that a chain was so and so long, and ended in that hash: with it, all before it is signed too.
package struct AuditHead: Hashable, Sendable {
    package enum Purpose: String, Hashable, Sendable {
        /// Kept with the chain, and shown in each export behind its entry.
        case head
        /// Ends an export: one that ends in anything else was cut off.
        case end
    }

    package let purpose: Purpose
    package let chain: AuditChain
    /// Of the last entry; 0 for an empty chain.
    package let number: Int64
    package let hash: AuditHash
    package let at: Instant
    package let publicKey: [UInt8]
    /// Ed25519.
    package let signature: [UInt8]

    /// A head as it was kept; whether it is signed, ``isSigned`` says.
    package init(
        _ purpose: Purpose,
        chain: AuditChain,
        number: Int64,
        hash: AuditHash,
        at: Instant,
        publicKey: [UInt8],
        signature: [UInt8]
    ) {
        self.purpose = purpose
        self.chain = chain
        self.number = number
        self.hash = hash
        self.at = at
        self.publicKey = publicKey
        self.signature = signature
    }

    /// - Throws: What the signing throws.
    package init(
        _ purpose: Purpose,
        of chain: AuditChain,
        number: Int64,
        hash: AuditHash,
        at: Instant,
        signedBy identity: ServerIdentity
    ) throws {
        let draft = AuditHead(
            purpose,
            chain: chain,
            number: number,
            hash: hash,
            at: at,
            publicKey: identity.publicKey,
            signature: []
        )
        self.init(
            purpose,
            chain: chain,
            number: number,
            hash: hash,
            at: at,
            publicKey: identity.publicKey,
            signature: try identity.sign(draft.fields.bytes)
        )
    }

    /// What is signed.
    package var fields: AuditFields {
        var fields = AuditFields("eagle-audit-\(purpose.rawValue)-1")
        for text in [chain.text, String(number), hash.hexadecimal, at.description] { fields.add(text) }
        return fields
    }

    /// Whether whoever has the key signed it.
    package var isSigned: Bool {
        signature.count == 64 && publicKey.count == 32
            && ServerIdentity.isValid(signature, for: fields.bytes, publicKey: publicKey)
    }
}
