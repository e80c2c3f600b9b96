package import Models
import Plant

extension [FailureEvent] {
    /// These, which people recorded, and those that a column of the readings marks.
    ///
    /// A marked one that overlaps a recorded one of its asset is that one, unless both name components and it names
    /// another: they then begin with the earlier and end with the later of both.
    ///
    /// - Parameter marked: Of each asset in order, and none overlaps another.
    /// - Returns: All, those that are one with the same start.
    package func joined(byMarked marked: [FailureEvent]) -> [FailureEvent] {
        var recorded = Dictionary(grouping: self, by: \.asset).mapValues { ofAsset in
            // What began at once is one failure, of one component or several.
            Dictionary(grouping: ofAsset, by: \.start).values.map { Recorded(events: $0) }
                .sorted { $0.start < $1.start }
        }
        var others: [FailureEvent] = []
        var passed: [String: Int] = [:]
        for mark in marked {
            let ofAsset = recorded[mark.asset, default: []]
            var first = passed[mark.asset, default: 0]
            while first < ofAsset.count, ofAsset[first].end < mark.start { first += 1 }
            passed[mark.asset] = first
            let later = Swift.max(first, ofAsset.partitioningIndex { $0.start > mark.end })
            // Of several the first: whoever recorded two did not mean one.
            let place = ofAsset[first..<later].firstIndex { $0.isOne(with: mark) }
            if let place { recorded[mark.asset]?[place].marks.append(mark) } else { others.append(mark) }
        }
        return recorded.keys.sorted().flatMap { recorded[$0, default: []].flatMap(\.joined) } + others
    }
}

/// What was recorded of one asset as beginning at once, with what is marked of it.
private struct Recorded {
    let events: [FailureEvent]
    let start: Instant
    let end: Instant
    private let components: Set<String>
    var marks: [FailureEvent] = []

    init(events: [FailureEvent]) {
        self.events = events
        start = events[0].start
        end = events.reduce(start) { max($0, $1.end) }
        components = Set(events.compactMap(\.component))
    }

    /// Whether one that is marked, and does not end before it begins, is the same.
    func isOne(with mark: FailureEvent) -> Bool {
        guard mark.start <= end else { return false }
        return mark.component.map { components.isEmpty || components.contains($0) } ?? true
    }

    /// All from the earliest start on, so that they stay one.
    var joined: [FailureEvent] {
        let first = marks.reduce(start) { min($0, $1.start) }
        return (events + marks).map {
            FailureEvent(asset: $0.asset, start: first, end: $0.end, component: $0.component)
        }
    }
}
