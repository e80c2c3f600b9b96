import Alarms
package import Plant
package import Storage
import Synchronization

/// Goes through what organizations have stored when somebody asks, a few at a time, beside the lanes and after them.
package final class HistoryDesk: Sendable {
    /// How far it has come: up to an instant, of a stretch of time.
    package typealias Progress = @Sendable (_ at: Instant, _ from: Instant, _ to: Instant) -> Void

    let stores: Stores
    private let atOnceMax: Int
    private let deadline: Duration?
    private let busy = Mutex<[Work: Set<ID<Organization>>]>([:])

    /// What a question takes; each kind has places of its own, so that counting waits for no replay.
    enum Work: Hashable, Sendable {
        /// Reads what was told.
        case counting
        /// Judges all readings of a stretch again.
        case replaying
    }

    /// - Parameters:
    ///   - stores: Where readings and alerts are.
    ///   - atOnceMax: Organizations at a time, of each kind of work; each has one question of it.
    ///   - deadline: After which a question is given up; nil where whoever asks may wait as he likes.
    package init(stores: Stores, atOnceMax: Int = 1, deadline: Duration? = .seconds(45)) {
        self.stores = stores
        self.atOnceMax = atOnceMax
        self.deadline = deadline
    }

    /// Time for one question, and how far along it is.
    struct Turn: Sendable {
        let scope: OrganizationScope
        let deadline: Duration?
        let progress: Progress
        private let clock = ContinuousClock()
        private let began = ContinuousClock().now

        init(scope: OrganizationScope, deadline: Duration?, progress: @escaping Progress) {
            self.scope = scope
            self.deadline = deadline
            self.progress = progress
        }

        /// Lets others go first, and gives up where nobody waits any more, or the time is over.
        func passed(_ instant: Instant, from: Instant, to: Instant) async throws {
            try Task.checkCancellation()
            progress(instant, from, to)
            if let deadline, clock.now - began > deadline { throw HistoryError(.overdue, reached: instant) }
            await Task.yield()
        }
    }

    /// Answers one question at low priority.
    ///
    /// - Throws: ``HistoryError`` where too many are under way, or it takes too long.
    func answer<Value: Sendable>(
        in scope: OrganizationScope,
        by work: Work = .replaying,
        progress: @escaping Progress,
        _ body: @escaping @Sendable (Turn) async throws -> Value
    ) async throws -> Value {
        try enter(scope, work)
        defer { leave(scope, work) }
        let deadline = deadline
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(priority: .background) {
                try await body(Turn(scope: scope, deadline: deadline, progress: progress))
            }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    /// Streams stored samples through a value, in order of time.
    ///
    /// - Returns: The value after the last sample.
    func play<Value: Sendable>(
        _ value: Value,
        as tags: [Tag],
        from: Instant,
        to: Instant,
        lateness: Duration,
        in turn: Turn,
        _ observe: (inout Value, Sample) -> Void
    ) async throws -> Value {
        var value = value
        var history = try await TimeOrderedHistory(
            of: turn.scope,
            in: stores,
            schemaTags: SchemaTags(stores.schemas, scope: turn.scope),
            as: tags,
            lateness: lateness,
            from: from,
            to: to
        )
        while let samples = try await history.next() {
            for sample in samples { observe(&value, sample) }
            guard let last = samples.last?.instant else { continue }
            try await turn.passed(last, from: from, to: to)
        }
        return value
    }

    private func enter(_ scope: OrganizationScope, _ work: Work) throws(HistoryError) {
        let mayEnter = busy.withLock { busy in
            let inside = busy[work] ?? []
            guard inside.count < atOnceMax, !inside.contains(scope.id) else { return false }
            busy[work] = inside.union([scope.id])
            return true
        }
        guard mayEnter else { throw HistoryError(.busy) }
    }

    private func leave(_ scope: OrganizationScope, _ work: Work) {
        busy.withLock { _ = $0[work]?.remove(scope.id) }
    }
}

/// Why history was not gone through.
package struct HistoryError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// Too many are under way.
        case busy
        /// The stretch is too long for the time there is.
        case overdue
    }

    package let code: Code
    /// How far it came.
    package let reached: Instant?

    init(_ code: Code, reached: Instant? = nil) {
        self.code = code
        self.reached = reached
    }

    package var description: String {
        switch code {
        // One's own question and those of others read alike: nobody is told who else asks.
        case .busy: "the server is busy: try again in a while"
        case .overdue:
            "the stretch is too long for the time there is"
                + (reached.map { ": it came up to \($0); ask for a shorter one" } ?? ": ask for a shorter one")
        }
    }
}
