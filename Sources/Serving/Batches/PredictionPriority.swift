/// Whose rows go first.
package enum PredictionPriority: Int, Hashable, Sendable, CaseIterable {
    /// Rows that have just come, and people who wait.
    case live
    /// Rows that had no answer in time.
    case late
    /// The champion's rivals, whom nobody waits for.
    case challenger
    /// History.
    case backtest
}

extension PredictionPriority {
    /// Of people's own questions: a few rows go with the live ones, many are history.
    package init(rowCount: Int) { self = rowCount <= 64 ? .live : .backtest }
}

extension PredictionPriority: Comparable {
    /// The one that goes first is the lesser.
    package static func < (left: PredictionPriority, right: PredictionPriority) -> Bool {
        left.rawValue < right.rawValue
    }
}
