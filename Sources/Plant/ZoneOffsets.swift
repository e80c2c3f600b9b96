/// A time zone's offsets from UTC as a table: all it takes to tell which instants a local time names.
package struct ZoneOffsets: Hashable, Sendable {
    package struct Change: Hashable, Sendable {
        package let at: Instant
        /// Seconds east of UTC from then on.
        package let offsetSeconds: Int

        package init(at: Instant, offsetSeconds: Int) {
            self.at = at
            self.offsetSeconds = offsetSeconds
        }
    }

    /// The instants that a local time names.
    package enum Meaning: Hashable, Sendable {
        case once(Instant)
        /// Clocks were put forward over it: there was no such time.
        case skipped
        /// Clocks were put back over it, by so much.
        case twice(earlier: Instant, later: Instant)
    }

    package let identifier: String
    let initialOffsetSeconds: Int
    let changes: [Change]

    /// A zone with its changes in order of their instants.
    package init(identifier: String, initialOffsetSeconds: Int, changes: [Change]) {
        self.identifier = identifier
        self.initialOffsetSeconds = initialOffsetSeconds
        self.changes = changes
    }

    package static let utc = ZoneOffsets(identifier: "UTC", initialOffsetSeconds: 0, changes: [])

    package func offsetSeconds(at instant: Instant) -> Int {
        offsetSeconds(before: changes.partitioningIndex { $0.at > instant })
    }

    /// What a local time, in microseconds since 1970-01-01T00:00:00 on the zone's own clocks, stands for.
    package func meaning(ofLocal localMicroseconds: Int64) -> Meaning {
        // No clock is a day off, so the offsets that hold within a day of it are all that can apply.
        let dayBefore = localMicroseconds.subtractingClamped(86_400_000_000)
        let dayAfter = localMicroseconds.addingClamped(86_400_000_000)
        let first = changes.partitioningIndex { $0.at.microseconds > dayBefore }
        let last = changes.partitioningIndex { $0.at.microseconds > dayAfter }
        if first == last { return .once(instant(ofLocal: localMicroseconds, before: first)) }
        let instants = (first...last).compactMap { index -> Instant? in
            let instant = instant(ofLocal: localMicroseconds, before: index)
            let hasBegun = index == 0 || changes[index - 1].at <= instant
            let hasEnded = index < changes.count && changes[index].at <= instant
            return hasBegun && !hasEnded ? instant : nil
        }
        guard let earlier = instants.first, let later = instants.last else { return .skipped }
        return earlier == later ? .once(earlier) : .twice(earlier: earlier, later: later)
    }

    private func instant(ofLocal localMicroseconds: Int64, before index: Int) -> Instant {
        let offset = Int64(offsetSeconds(before: index)).microsecondsClamped
        return Instant(microseconds: localMicroseconds.subtractingClamped(offset))
    }

    /// The offset that holds until a change, and after the one before it.
    private func offsetSeconds(before index: Int) -> Int {
        index == 0 ? initialOffsetSeconds : changes[index - 1].offsetSeconds
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index whose element and all after it fulfil the predicate.
    package func partitioningIndex(where predicate: (Element) throws -> Bool) rethrows -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if try predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
