import Synchronization

/// What runs for one organization, so that it can be ended, and its end awaited.
final class OrganizationWork: Sendable {
    private struct State {
        var isClosed = false
        var nextNumber = 0
        var ends: [Int: AsyncStream<Never>.Continuation] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs the body to its end, or until the organization's work is closed, which cancels it; nothing once it is.
    func carry(_ body: @Sendable @escaping () async throws -> Void) async throws {
        let (end, continuation) = AsyncStream.makeStream(of: Never.self)
        guard let number = begin(continuation) else { return }
        defer { ended(number) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { for await _ in end {} }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Cancels what runs, and returns when nothing does any more.
    func close() async {
        let ends = state.withLock { state in
            state.isClosed = true
            return Array(state.ends.values)
        }
        for end in ends { end.finish() }
        await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                if state.ends.isEmpty { return true }
                state.waiters.append(waiter)
                return false
            }
            if isIdle { waiter.resume() }
        }
    }

    private func begin(_ end: AsyncStream<Never>.Continuation) -> Int? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.nextNumber += 1
            state.ends[state.nextNumber] = end
            return state.nextNumber
        }
    }

    private func ended(_ number: Int) {
        let waiters = state.withLock { state in
            state.ends[number] = nil
            guard state.ends.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
