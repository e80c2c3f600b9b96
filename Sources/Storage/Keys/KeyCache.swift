import Plant
import Synchronization
import Trust

/// What a process holds of keys in memory: the master keys, data keys unwrapped, and uses that are written down.
final class KeyCache: Sendable {
    private struct Block {
        let version: Int
        var left: Int
    }

    private struct State {
        var masters: MasterKeys
        /// The newest question to the keys' provider, whose answer all have who ask within the next seconds.
        var question: (at: Instant, answer: Task<MasterKeys, any Error>)?
        var keys: [KeyHolder: [Int: DataKey]] = [:]
        var blocks: [KeyHolder: Block] = [:]
        var erased: Set<KeyHolder> = []
    }

    private let state: Mutex<State>

    /// Holders whose keys stay unwrapped; beyond that all are unwrapped anew.
    private static let holderCountMax = 10_000

    init(_ masters: MasterKeys) { state = Mutex(State(masters: masters)) }

    var masters: MasterKeys { state.withLock(\.masters) }

    /// What the keys' provider gives now; it is not asked more often than every few seconds, however many want to know.
    func ask(_ provider: any KeyProvider, at now: Instant) async throws -> MasterKeys {
        let answer = state.withLock { state in
            if let question = state.question, now - question.at < .seconds(5), now >= question.at {
                return question.answer
            }
            let answer = Task { try await provider.masterKeys() }
            state.question = (now, answer)
            return answer
        }
        return try await answer.value
    }

    func take(_ masters: MasterKeys) { state.withLock { $0.masters = masters.followed(by: $0.masters) } }

    /// By version.
    func keys(of holder: KeyHolder) -> [Int: DataKey] { state.withLock { $0.keys[holder] ?? [:] } }

    /// Keeps them in the place of those that were there.
    func keep(_ keys: [Int: DataKey], of holder: KeyHolder) {
        state.withLock { state in
            guard !state.erased.contains(holder) else { return }
            if state.keys.count >= Self.holderCountMax, state.keys[holder] == nil { state.keys = [:] }
            state.keys[holder] = keys
        }
    }

    /// Takes one of the uses that are written down; false where there are none left of that version.
    func takeUse(of version: Int, _ holder: KeyHolder) -> Bool {
        state.withLock { state in
            guard let block = state.blocks[holder], block.version == version, block.left > 0 else { return false }
            state.blocks[holder]?.left -= 1
            return true
        }
    }

    func add(uses: Int, of version: Int, _ holder: KeyHolder) {
        state.withLock { state in
            let left = state.blocks[holder].map { $0.version == version ? $0.left : 0 } ?? 0
            state.blocks[holder] = Block(version: version, left: left + uses)
        }
    }

    /// Lets go of a holder's keys for good.
    func erase(_ holder: KeyHolder) {
        state.withLock { state in
            state.erased.insert(holder)
            state.keys[holder] = nil
            state.blocks[holder] = nil
        }
    }
}
