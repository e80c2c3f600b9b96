import FoundationEssentials
import Plant

/// One line of an export, in the one form that it has: JSON whose keys stand in a fixed order, without spaces.
package enum AuditLine: Hashable, Sendable {
    case entry(AuditEntry)
    case head(AuditHead)

    /// Without the line's end.
    package var text: String {
        switch self {
        case .entry(let entry):
            let metadata = entry.sortedMetadata.map { Self.quoted($0.key) + ":" + Self.quoted($0.value) }
            return Self.object([
                ("type", Self.quoted("entry")), ("chain", Self.quoted(entry.chain.text)),
                ("number", String(entry.number)), ("at", Self.quoted(entry.at.description)),
                ("actor", Self.quoted(entry.actor)), ("action", Self.quoted(entry.action)),
                ("resource", Self.quoted(entry.resource)), ("metadata", "{" + metadata.joined(separator: ",") + "}"),
                ("previous", Self.quoted(entry.previous.hexadecimal)), ("hash", Self.quoted(entry.hash.hexadecimal)),
            ])
        case .head(let head):
            return Self.object([
                ("type", Self.quoted(head.purpose.rawValue)), ("chain", Self.quoted(head.chain.text)),
                ("number", String(head.number)), ("hash", Self.quoted(head.hash.hexadecimal)),
                ("at", Self.quoted(head.at.description)),
                ("key", Self.quoted(AuditHexadecimal.text(head.publicKey))),
                ("signature", Self.quoted(AuditHexadecimal.text(head.signature))),
            ])
        }
    }

    private static func object(_ members: [(key: String, value: String)]) -> String {
        "{" + members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// RFC 8259, section 7: only what must be is escaped.
    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + Array(AuditHexadecimal.text([byte]).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a line says; nil for one that is not, byte for byte, in an export's form.
    ///
    /// - Parameter bytes: A line without its end.
    package init?(_ bytes: [UInt8]) {
        guard let document = try? JSONDecoder().decode(Document.self, fromOutside: Data(bytes)),
            let line = document.line, Array(line.text.utf8) == bytes
        else { return nil }
        self = line
    }

    /// A line's members, whatever it is.
    private struct Document: Decodable {
        let type: String
        let chain: String
        let number: Int64
        let hash: String
        let at: String
        let actor: String?
        let action: String?
        let resource: String?
        let metadata: [String: String]?
        let previous: String?
        let key: String?
        let signature: String?

        var line: AuditLine? {
            guard let chain = AuditChain(text: chain), let hash = AuditHash(hexadecimal: hash), let at = Instant(at),
                number >= 0
            else { return nil }
            if let purpose = AuditHead.Purpose(rawValue: type) {
                guard let key = key.flatMap({ AuditHexadecimal.bytes($0) }),
                    let signature = signature.flatMap({ AuditHexadecimal.bytes($0) })
                else { return nil }
                return .head(
                    AuditHead(
                        purpose,
                        chain: chain,
                        number: number,
                        hash: hash,
                        at: at,
                        publicKey: key,
                        signature: signature
                    )
                )
            }
            guard type == "entry", let actor, let action, let resource, let metadata,
                let previous = previous.flatMap({ AuditHash(hexadecimal: $0) })
            else { return nil }
            return .entry(
                AuditEntry(
                    chain: chain,
                    number: number,
                    at: at,
                    actor: actor,
                    action: action,
                    resource: resource,
                    metadata: metadata,
                    previous: previous,
                    hash: hash
                )
            )
        }
    }
}
