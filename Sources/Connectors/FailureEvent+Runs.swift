package import Models
package import Plant

extension FailureEvent {
    /// The failures that a target column marks, in readings ordered by asset and instant.
    ///
    /// Consecutive failing rows of one asset with the same name are one failure, from the first of them to the last.
    package static func runs(in readings: some Sequence<Reading>) -> [FailureEvent] {
        var runs: [FailureEvent] = []
        var asset: String?
        var component: String?
        for reading in readings {
            if let name = reading.failing {
                if asset == reading.asset, component == name, let run = runs.popLast() {
                    runs.append(
                        FailureEvent(asset: run.asset, start: run.start, end: reading.instant, component: run.component)
                    )
                } else {
                    runs.append(
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
        return runs
    }
}
