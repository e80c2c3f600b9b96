package import Models
package import Plant

extension FailureEvent {
    /// The failures that a target column marks, in readings ordered by asset and instant.
    ///
    /// Consecutive failing rows of one asset with the same name are one failure, from the first of them to the last.
    package static func runs(in readings: some Sequence<Reading>) -> [FailureEvent] {
        var runs = FailureRuns()
        for reading in readings { runs.add(reading) }
        return runs.events
    }
}

/// Finds the failures that a target column marks while readings pass, ordered by asset and instant.
package struct FailureRuns {
    package private(set) var events: [FailureEvent] = []
    private var asset: String?
    private var component: String?

    package init() {}

    package mutating func add(_ reading: Reading) {
        if let name = reading.failing {
            if asset == reading.asset, component == name, let run = events.popLast() {
                events.append(
                    FailureEvent(asset: run.asset, start: run.start, end: reading.instant, component: run.component)
                )
            } else {
                events.append(
                    FailureEvent(
                        asset: reading.asset,
                        start: reading.instant,
                        component: name.isEmpty ? nil : name
                    )
                )
            }
        }
        asset = reading.asset
        component = reading.failing
    }
}
