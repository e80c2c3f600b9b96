import FoundationEssentials
import Plant

/// How far a table has been read that is ordered by nothing but its rows' timestamps.
///
/// Everything from `from` on is read again at each poll, and what was handed on before is known by its digest.
struct TimePosition: Hashable, Sendable, Codable {
    /// Rows with a smaller timestamp, as text, are done; empty before the first.
    private(set) var from = ""
    /// Digests of the rows from there on that were handed on; as often as there are rows with that digest.
    private(set) var seen: [UInt64: Int] = [:]

    /// So many digests are kept at most; beyond them the overlap shrinks.
    static let seenCountMax = 20_000

    init() {}

    var seenCount: Int { seen.values.reduce(0, +) }

    /// Which of the rows from `from` on, known by their digests in order, were not handed on before.
    func unseen(_ digests: [UInt64]) -> [Int] {
        var known = seen
        return digests.indices.filter { index in
            guard let count = known[digests[index]], count > 0 else { return true }
            known[digests[index]] = count - 1
            return false
        }
    }

    /// Takes note of the rows that are handed on or were before, with their timestamps' texts, in order.
    ///
    /// The table is read next from `lower`, but never from after `left`, the first row left for the next batch. Unless
    /// these are all rows there are, those handed on before that are not among them still count.
    mutating func advance(
        over rows: [(timestamp: String, digest: UInt64)],
        isComplete: Bool,
        from lower: String,
        left: String?
    ) {
        var from = max(from, lower)
        if rows.count > Self.seenCountMax { from = max(from, rows[rows.count - Self.seenCountMax].timestamp) }
        if let left { from = min(from, left) }
        self.from = from
        if isComplete { seen = [:] }
        for row in rows {
            if let count = seen[row.digest] { seen[row.digest] = count > 1 ? count - 1 : nil }
        }
        for row in rows where row.timestamp >= from { seen[row.digest, default: 0] += 1 }
    }

    private enum CodingKeys: String, CodingKey { case from, seen }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        from = try values.decode(String.self, forKey: .from)
        let packed = try values.decode(Data.self, forKey: .seen)
        guard packed.count.isMultiple(of: 8) else {
            throw DecodingError.dataCorruptedError(forKey: .seen, in: values, debugDescription: "not whole digests")
        }
        for start in stride(from: packed.startIndex, to: packed.endIndex, by: 8) {
            seen[packed[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }, default: 0] += 1
        }
    }

    func encode(to encoder: any Encoder) throws {
        var packed = Data()
        for (digest, count) in seen.sorted(by: { $0.key < $1.key }) {
            for _ in 0..<count {
                for shift in stride(from: 56, through: 0, by: -8) {
                    packed.append(UInt8(truncatingIfNeeded: digest >> shift))
                }
            }
        }
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(from, forKey: .from)
        try values.encode(packed, forKey: .seen)
    }
}
