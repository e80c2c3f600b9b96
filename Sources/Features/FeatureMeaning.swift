package import Plant

/// What one feature says of its tag.
package struct FeatureMeaning: Hashable, Sendable {
    package enum Statistic: Hashable, Sendable {
        /// The sample itself; 1 or 0 of a boolean tag.
        case value
        case lag(seconds: Int)
        case mean(seconds: Int)
        case deviation(seconds: Int)
        case minimum(seconds: Int)
        case maximum(seconds: Int)
        /// Per second.
        case slope(seconds: Int)
        /// Seconds since a boolean tag was last true.
        case since
        /// Share of the time's samples that are true.
        case fraction(seconds: Int)
        case rises(seconds: Int)
    }

    package let tag: Tag
    package let statistic: Statistic

    /// How far back it looks over all samples; 0 where it speaks of one of them.
    package var windowSeconds: Int {
        switch statistic {
        case .value, .lag, .since: 0
        case .mean(let seconds), .deviation(let seconds), .minimum(let seconds), .maximum(let seconds),
            .slope(let seconds), .fraction(let seconds), .rises(let seconds):
            seconds
        }
    }

    /// Whether it speaks of an earlier instant than its row's.
    package var isLag: Bool {
        guard case .lag = statistic else { return false }
        return true
    }
}

extension FeatureView {
    /// What each feature says, in column order.
    package var meanings: [FeatureMeaning] {
        tags.flatMap { tag in
            statistics(of: tag.kind).map { FeatureMeaning(tag: tag, statistic: $0) }
        }
    }

    /// In the order of ``featureNames``.
    private func statistics(of kind: Tag.Kind) -> [FeatureMeaning.Statistic] {
        switch kind {
        case .continuous:
            [.value] + lagSeconds.map { .lag(seconds: $0) }
                + rollingWindows.flatMap { seconds -> [FeatureMeaning.Statistic] in
                    [
                        .mean(seconds: seconds), .deviation(seconds: seconds), .minimum(seconds: seconds),
                        .maximum(seconds: seconds), .slope(seconds: seconds),
                    ]
                }
        case .boolean:
            [.value, .since]
                + rollingWindows.flatMap { seconds -> [FeatureMeaning.Statistic] in
                    [.fraction(seconds: seconds), .rises(seconds: seconds)]
                }
        }
    }
}
