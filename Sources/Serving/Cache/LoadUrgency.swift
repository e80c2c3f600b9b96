/// Which of an organization's loads go first.
enum LoadUrgency: Int, Hashable, Sendable {
    /// Rows wait for it that have come.
    case rows
    /// A person waits.
    case person
    /// Nobody waits yet, or nobody who minds: models are loaded ahead of their rows, rivals, history.
    case ahead
}

extension LoadUrgency: Comparable {
    /// The one that goes first is the lesser.
    static func < (left: LoadUrgency, right: LoadUrgency) -> Bool { left.rawValue < right.rawValue }
}

extension LoadUrgency {
    /// Of the load that rows wait for.
    init(_ priority: PredictionPriority) {
        self =
            switch priority {
            case .live, .late: .rows
            case .asked: .person
            case .challenger, .backtest: .ahead
            }
    }
}
