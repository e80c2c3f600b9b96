/// Names someone may have meant.
package enum NearMisses {
    /// The known names nearest to a name, best first; empty where none is near.
    ///
    /// Case does not count; a name is near if no more than a share of its letters needs changing.
    package static func of(
        _ name: String,
        among known: some Sequence<String>,
        countMax: Int = 3,
        share: Double = 1 / 3
    ) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        let limit = max(1, Int(Double(wanted.count) * share))
        var near: [(distance: Int, name: String)] = []
        for candidate in known {
            let other = Array(candidate.lowercased().utf8)
            guard abs(other.count - wanted.count) <= limit else { continue }
            if let distance = editDistance(wanted, other, max: limit) { near.append((distance, candidate)) }
        }
        near.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return near.prefix(countMax).map(\.name)
    }

    /// Insertions, deletions and replacements that turn one into the other (Wagner and Fischer 1974);
    /// nil where it takes more.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8], max limit: Int) -> Int? {
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                let replaced = previous[column] + (byte == other ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            guard current.min() ?? 0 <= limit else { return nil }
            previous = current
        }
        return previous[right.count] <= limit ? previous[right.count] : nil
    }
}
