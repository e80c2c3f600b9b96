/// Whose rows go first.
package enum PredictionPriority: Int, Hashable, Sendable, CaseIterable {
    /// Rows that have just come.
    case live
    /// Questions of people who wait.
    case asked
    /// Rows that had no answer in time.
    case late
    /// The champion's rivals, whom nobody waits for.
    case challenger
    /// History.
    case backtest
}

extension PredictionPriority {
    /// Of people's own questions: a few rows go right behind those that have just come, many are history.
    package init(rowCount: Int) { self = rowCount <= 64 ? .asked : .backtest }
}

extension PredictionPriority: Comparable {
    /// The one that goes first is the lesser.
    package static func < (left: PredictionPriority, right: PredictionPriority) -> Bool {
        left.rawValue < right.rawValue
    }
}
