package import Features
package import Plant

/// The labels of feature rows, ordered by asset, then by time.
package struct TrainingSet: Sendable {
    /// Where a row comes from and what became of it.
    package struct Row: Hashable, Sendable {
        package let asset: String
        package let instant: Instant
        package let label: Label

        package init(asset: String, instant: Instant, label: Label) {
            self.asset = asset
            self.instant = instant
            self.label = label
        }
    }

    package let view: FeatureView
    package let rows: [Row]
    package let history: FailureHistory

    package init(view: FeatureView, rows: [Row], history: FailureHistory) {
        self.view = view
        self.rows = rows
        self.history = history
    }

    /// Indices of the rows whose label is known.
    package var judged: [Int] { rows.indices.filter { rows[$0].label.isKnown } }

    package var positiveCount: Int { rows.count { $0.label.isPositive } }

    /// Names of the components that failed in it, sorted.
    package var components: [String] {
        var names: Set<String> = []
        for row in rows {
            if case .positive(_, let components) = row.label { names.formUnion(components) }
        }
        return names.sorted()
    }
}
