import Plant

/// A sample as a series keeps it.
protocol SeriesEntry: Sendable {
    /// Microseconds since 1970.
    var instant: Int64 { get }
}

/// One tag's good samples in order of time, new ones at the end, spent ones leaving at the start.
///
/// An index stays with its sample for good, so that a cursor survives whatever leaves. Kept in a ring that
/// grows by an eighth: nothing is moved in the steady state, and a sample costs at most 9/8 of its size.
struct Series<Entry: SeriesEntry>: Sendable {
    private(set) var startIndex = 0
    private(set) var endIndex = 0
    private var slots: [Entry] = []
    /// The slot of `startIndex`.
    private var origin = 0

    var count: Int { endIndex - startIndex }
    var isEmpty: Bool { endIndex == startIndex }
    var last: Entry? { isEmpty ? nil : self[endIndex - 1] }

    subscript(index: Int) -> Entry { slots[slot(of: index)] }

    private func slot(of index: Int) -> Int {
        let slot = origin &+ (index &- startIndex)
        return slot < slots.count ? slot : slot &- slots.count
    }

    mutating func append(_ entry: Entry) {
        if count == slots.count { resize(to: count < 64 ? max(4, count * 2) : count + count / 8, filledWith: entry) }
        slots[slot(of: endIndex)] = entry
        endIndex += 1
    }

    mutating func removeFirst() {
        origin = slot(of: startIndex + 1)
        startIndex += 1
        if slots.count > 64, count < slots.count / 4 { resize(to: count + count / 8, filledWith: slots[origin]) }
    }

    /// Takes back the samples at or after an instant.
    mutating func removeAll(from instant: Int64) {
        while let last, last.instant >= instant { endIndex -= 1 }
    }

    /// The first index whose sample is later than `instant`, looked for from a guess in either direction.
    ///
    /// - Complexity: O(distance from the guess), so constant per row for a cursor that moves with time.
    func firstIndex(after instant: Int64, near guess: Int) -> Int {
        var index = min(max(guess, startIndex), endIndex)
        while index < endIndex, self[index].instant <= instant { index += 1 }
        while index > startIndex, self[index - 1].instant > instant { index -= 1 }
        return index
    }

    /// The first index whose sample is at or after `instant`, `end` where none before it is.
    ///
    /// - Complexity: O(log n).
    func firstIndex(atOrAfter instant: Int64, before end: Int) -> Int {
        (startIndex..<max(startIndex, end)).partitioningIndex { self[$0].instant >= instant }
    }

    private mutating func resize(to capacity: Int, filledWith filler: Entry) {
        var resized: [Entry] = []
        resized.reserveCapacity(capacity)
        for index in startIndex..<endIndex { resized.append(self[index]) }
        while resized.count < resized.capacity { resized.append(filler) }
        slots = resized
        origin = 0
    }
}
