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
        let recorded = Dictionary(grouping: self, by: \.asset), marks = Dictionary(grouping: marked, by: \.asset)
        var (joined, others): ([FailureEvent], [FailureEvent]) = ([], [])
        for asset in Set(recorded.keys).union(marks.keys).sorted() {
            // What began at once is one failure, of one component or several.
            var failures = Dictionary(grouping: recorded[asset] ?? [], by: \.start).values.map { Recorded(events: $0) }
                .sorted { $0.start < $1.start }
            // The places of those that last to a mark, or beyond it.
            var lasting: [Int] = []
            var next = 0
            for mark in marks[asset] ?? [] {
                while next < failures.count, failures[next].start <= mark.end {
                    lasting.append(next)
                    next += 1
                }
                lasting.removeAll { failures[$0].end < mark.start }
                // Of several the first: whoever recorded two did not mean one.
                let place = lasting.first { failures[$0].isOne(with: mark) }
                if let place { failures[place].marks.append(mark) } else { others.append(mark) }
            }
            joined += failures.flatMap(\.joined)
        }
        return joined + others
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

    /// Whether one that is marked, and overlaps it, is the same.
    func isOne(with mark: FailureEvent) -> Bool {
        mark.component.map { components.isEmpty || components.contains($0) } ?? true
    }

    /// All from the earliest start on, so that they stay one.
    var joined: [FailureEvent] {
        let first = marks.reduce(start) { min($0, $1.start) }
        return (events + marks).map {
            FailureEvent(asset: $0.asset, start: first, end: $0.end, component: $0.component)
        }
    }
}
