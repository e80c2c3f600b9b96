/// How urgent an alarm is: its priority, in ISA-18.2's sense.
package enum AlarmType: String, Hashable, Sendable, Codable, CaseIterable {
    case critical = "CRITICAL"
    case warning = "WARNING"
    /// A model expects a failure; nothing has been measured beyond a limit yet.
    case predictive = "PREDICTIVE"
}

extension AlarmType: Comparable {
    /// The less urgent one is the lesser.
    package static func < (left: AlarmType, right: AlarmType) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .predictive: 0
        case .warning: 1
        case .critical: 2
        }
    }
}
