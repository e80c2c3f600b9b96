import FoundationEssentials
import Plant

/// Handing one organization's keys to a process that works for it alone, through a pipe that nobody else reads.
extension KeyBundle {
    private struct Handed: Codable {
        struct Key: Codable {
            let version: Int
            let bytes: Data
        }

        let holder: String
        let keys: [Key]
        let destroyed: [KeyID]
        let isErased: Bool
    }

    /// The keys themselves, as one line of JSON: for a pipe, never for a file, a log or an argument.
    package func handedOver() throws -> String {
        let handed = Handed(
            holder: holder.text,
            keys: keys.values.map { Handed.Key(version: $0.version, bytes: Data($0.bytes)) },
            destroyed: Array(destroyed),
            isErased: isErased
        )
        return String(decoding: try JSONEncoder().encode(handed), as: UTF8.self)
    }

    /// What was handed over; nil for any other text.
    package init?(handedOver text: some StringProtocol) {
        guard let handed = try? JSONDecoder().decode(Handed.self, fromOutside: Data(text.utf8)),
            let holder = KeyHolder(text: handed.holder),
            handed.keys.allSatisfy({ $0.bytes.count == DataKey.byteCount && DataKey.versions.contains($0.version) })
        else { return nil }
        self.init(
            holder: holder,
            keys: handed.keys.map { DataKey(of: holder, version: $0.version, bytes: [UInt8]($0.bytes)) },
            destroyed: Set(handed.destroyed),
            isErased: handed.isErased
        )
    }
}
