import Alarms
import Plant
import Synchronization

/// Who has had which mail while others are still without it: a further attempt goes to those alone.
///
/// In memory, and of the latest mails: after a restart, or beyond the bound, a mail may come twice, under the same
/// `Message-ID`.
final class EmailProgress: Sendable {
    struct Mail: Hashable, Sendable {
        /// By its slug.
        let organization: String
        let target: ID<DeliveryTarget>
        /// The notice's.
        let key: String
    }

    static let mailCountMax = 1_000

    private struct State {
        var delivered: [Mail: Set<String>] = [:]
        /// The oldest first.
        var mails: [Mail] = []
    }

    private let state = Mutex(State())

    func delivered(of mail: Mail) -> Set<String> { state.withLock { $0.delivered[mail] ?? [] } }

    func note(_ addresses: [String], of mail: Mail) {
        state.withLock { state in
            if state.delivered[mail] == nil {
                if state.mails.count >= Self.mailCountMax { state.delivered[state.mails.removeFirst()] = nil }
                state.mails.append(mail)
            }
            state.delivered[mail, default: []].formUnion(addresses)
        }
    }

    func forget(_ mail: Mail) {
        state.withLock { state in
            guard state.delivered.removeValue(forKey: mail) != nil else { return }
            state.mails.removeAll { $0 == mail }
        }
    }
}
