package import FoundationEssentials

/// Names one thing of one kind: a tag's id can't stand where an asset's belongs.
package struct ID<Entity>: Hashable, Sendable {
    package let rawValue: UUID

    package init(_ rawValue: UUID) { self.rawValue = rawValue }

    /// The id written as a UUID, upper or lower case; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard let uuid = UUID(uuidString: String(text)) else { return nil }
        rawValue = uuid
    }

    /// A fresh version 4 id out of the caller's randomness.
    package static func random(using generator: inout some RandomNumberGenerator) -> ID {
        var bytes = [generator.next(), generator.next()]
        return bytes.withUnsafeMutableBytes { raw in
            raw[6] = raw[6] & 0x0F | 0x40
            raw[8] = raw[8] & 0x3F | 0x80
            return ID(UUID(uuid: raw.loadUnaligned(as: uuid_t.self)))
        }
    }
}

extension ID: Comparable {
    package static func < (left: ID, right: ID) -> Bool { left.rawValue < right.rawValue }
}

extension ID: CustomStringConvertible {
    /// Lower case, as RFC 9562 writes it.
    package var description: String { rawValue.uuidString.lowercased() }
}

extension ID: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.value({ ID($0) }, orSay: "is not a UUID")
    }

    package func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}
