/// What an organization may do or have only so much of, so that none takes the server from the others.
package enum Quota: String, Hashable, Sendable, Codable, CaseIterable {
    /// Rows that come in by the second: pushed ones are refused beyond it, polled ones wait.
    case readingsPerSecond
    /// Rows at once, after a quiet time; no push may bring more.
    case readingsBurst
    /// Rows that are kept, those that were set apart among them.
    case rowsKept
    case models
    /// Training runs that are queued within 24 hours, whatever becomes of them.
    case trainingRunsPerDay
    /// WebSockets open at once.
    case streams
    case users
    case apiKeys
    case deliveryTargets
    case requestsPerSecond
    /// Requests at once, after a quiet time.
    case requestsBurst

    /// What holds where neither the server's settings nor the organization's own say otherwise.
    package var standard: Int {
        switch self {
        case .readingsPerSecond: 10_000
        case .readingsBurst: 100_000
        case .rowsKept: 1_000_000_000
        case .models: 1_000
        case .trainingRunsPerDay: 96
        case .streams: 10_000
        case .users: 1_000
        case .apiKeys: 200
        case .deliveryTargets: 1_000
        case .requestsPerSecond: 1_000
        case .requestsBurst: 10_000
        }
    }

    /// What it may be set to; 0, where that is among it, allows none.
    package var range: ClosedRange<Int> {
        switch self {
        case .readingsPerSecond, .requestsPerSecond: 1...1_000_000
        case .readingsBurst, .requestsBurst: 1...10_000_000
        case .rowsKept: 0...1_000_000_000_000
        case .models, .trainingRunsPerDay, .streams, .users, .apiKeys, .deliveryTargets: 0...100_000
        }
    }

    /// Of a rate: what may come at once.
    package var burst: Quota? {
        switch self {
        case .readingsPerSecond: .readingsBurst
        case .requestsPerSecond: .requestsBurst
        case .readingsBurst, .rowsKept, .models, .trainingRunsPerDay, .streams, .users, .apiKeys, .deliveryTargets,
            .requestsBurst:
            nil
        }
    }

    /// Those that stand for themselves: all but the bursts, which belong to their rates.
    package static let named = allCases.filter { $0 != .readingsBurst && $0 != .requestsBurst }

    /// For sentences: "1000 of 1000 models are used".
    package var words: String {
        switch self {
        case .readingsPerSecond: "readings per second"
        case .readingsBurst: "readings at once"
        case .rowsKept: "rows kept"
        case .models: "models"
        case .trainingRunsPerDay: "training runs within 24 hours"
        case .streams: "streams open at once"
        case .users: "users"
        case .apiKeys: "API keys"
        case .deliveryTargets: "delivery targets"
        case .requestsPerSecond: "requests per second"
        case .requestsBurst: "requests at once"
        }
    }

    /// What else but asking for more may help; nil where nothing does.
    var remedy: String? {
        switch self {
        case .models, .users, .rowsKept, .requestsPerSecond, .requestsBurst: nil
        case .readingsPerSecond: "Send no faster"
        case .readingsBurst: "Send fewer rows in one request"
        case .trainingRunsPerDay: "Wait"
        case .streams: "Close a stream"
        case .apiKeys: "Revoke a key"
        case .deliveryTargets: "Remove a target"
        }
    }
}
