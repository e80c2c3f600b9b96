package import Models
import Synchronization

/// Asks loaded models, as many rows at a time as wait for them; see ``BatchQueue`` for who goes first.
package final class Batcher: Sendable {
    /// One call of the runtime: row-major values of a model's own width, and how many rows they are.
    package typealias Run = @Sendable (LoadedModel, [Float], Int) throws -> [ModelOutput]

    private struct Question: Sendable {
        /// Held for as long as the question is: it may leave the cache meanwhile.
        let model: LoadedModel
        let values: [Float]
        let rowCount: Int
        let call: WatchedCall<[ModelOutput]>
    }

    private struct Running {
        let calls: [WatchedCall<[ModelOutput]>]
        /// Whether it counts among those that the cores bear; one that everybody has given up does not.
        var hasSlot = true
    }

    private struct State {
        var queue: BatchQueue<Question>
        var freeSlotCount: Int
        var running: [ModelKey: Running] = [:]
        var callCount = 0
        var askedRowCount = 0
        /// When the timer that is set looks again.
        var looksAt: ContinuousClock.Instant?
    }

    private let state: Mutex<State>
    private let run: Run
    private let work = BlockingWork(label: "eagle.predictions", threadCountMax: 256)
    private let wakeUp: WakeUp
    private let watchdog = Watchdog()
    package let limits: BatchLimits

    /// - Parameters:
    ///   - limits: How rows go together, and how many may wait.
    ///   - width: Calls of the runtime at a time, each on one thread, at least 1.
    ///   - run: How a model is asked.
    package convenience init(
        limits: BatchLimits = BatchLimits(),
        width: Int,
        run: @escaping Run = { model, values, rowCount in try model.outputs(for: values, rowCount: rowCount) }
    ) {
        self.init(limits: limits, width: width, wakeUp: .dispatched(label: "eagle.batches"), run: run)
    }

    /// The same, with another one's timers.
    init(limits: BatchLimits, width: Int, wakeUp: WakeUp, run: @escaping Run) {
        self.limits = limits
        self.wakeUp = wakeUp
        self.run = run
        state = Mutex(State(queue: BatchQueue(limits: limits), freeSlotCount: max(1, width)))
    }

    /// What a model says of rows, in their order.
    ///
    /// - Parameters:
    ///   - values: Row-major, shape `[rowCount, view.count]`.
    ///   - rowCount: At least 1, at most ``BatchLimits/batchSize``.
    ///   - model: Loaded.
    ///   - key: Whose and which it is.
    ///   - priority: Before and behind whom.
    ///   - deadline: When whoever asks waits no longer; nil waits for ever.
    /// - Returns: One output per row.
    /// - Throws: ``TooManyRows``; ``Overdue``; ``ModelError`` as the model does.
    func outputs(
        for values: [Float],
        rowCount: Int,
        of model: LoadedModel,
        _ key: ModelKey,
        _ priority: PredictionPriority,
        until deadline: ContinuousClock.Instant?
    ) async throws -> [ModelOutput] {
        try await watchdog.answer(until: deadline, onOverdue: { self.giveUp(key) }) { call in
            let question = Question(model: model, values: values, rowCount: rowCount, call: call)
            do throws(TooManyRows) {
                try state.withLock { (state) throws(TooManyRows) in
                    try state.queue.add(question, rowCount: rowCount, of: key, priority, at: .now)
                }
                dispatch()
                // The deadline may have passed before the question was there to be given up.
                if !call.isAwaited { giveUp(key) }
            } catch {
                call.end(.failure(error))
            }
        }
    }

    /// Lets all rows that wait for company go without it.
    package func flush() {
        state.withLock { $0.queue.flush() }
        dispatch()
    }

    /// Calls of the runtime so far, and rows in them.
    package var counts: (calls: Int, rows: Int) { state.withLock { ($0.callCount, $0.askedRowCount) } }

    /// Rows that wait now.
    package var waitingRowCount: Int { state.withLock(\.queue.rowCount) }

    // MARK: - Running

    private func dispatch() {
        while let batch = next() { work.begin { self.carryOn(from: batch) } }
    }

    /// The next batch, with a slot to run in.
    private func next() -> BatchQueue<Question>.Batch? {
        let (batch, readyAt) = state.withLock { state -> (BatchQueue<Question>.Batch?, ContinuousClock.Instant?) in
            guard state.freeSlotCount > 0 else { return (nil, nil) }
            guard let batch = state.queue.next(at: .now) else {
                guard let readyAt = state.queue.readyAt, state.looksAt.map({ readyAt < $0 }) ?? true else {
                    return (nil, nil)
                }
                state.looksAt = readyAt
                return (nil, readyAt)
            }
            state.freeSlotCount -= 1
            state.running[batch.key] = Running(calls: batch.items.map(\.call))
            return (batch, nil)
        }
        if let readyAt {
            wakeUp.set(readyAt) { self.look(readyAt) }
        }
        return batch
    }

    /// One timer is set at a time: one that was set before an earlier one came has nothing to look for.
    private func look(_ due: ContinuousClock.Instant) {
        let isSet = state.withLock { state in
            guard state.looksAt == due else { return false }
            state.looksAt = nil
            return true
        }
        if isSet { dispatch() }
    }

    private func carryOn(from batch: BatchQueue<Question>.Batch) {
        var batch = batch
        while true {
            let awaited = batch.items.filter(\.call.isAwaited)
            for question in batch.items where !question.call.isAwaited { question.call.abandon() }
            ask(awaited)
            let hadSlot = state.withLock { state in
                state.queue.finish(batch.key)
                guard state.running.removeValue(forKey: batch.key)?.hasSlot ?? false else { return false }
                state.freeSlotCount += 1
                return true
            }
            // One that had been given up has been replaced already.
            guard hadSlot, let following = next() else { return dispatch() }
            batch = following
        }
    }

    private func ask(_ questions: [Question]) {
        guard let model = questions.first?.model else { return }
        let rowCount = questions.reduce(0) { $0 + $1.rowCount }
        state.withLock { state in
            state.callCount += 1
            state.askedRowCount += rowCount
        }
        do {
            let values = questions.count == 1 ? questions[0].values : questions.flatMap(\.values)
            var outputs = try run(model, values, rowCount)[...]
            for question in questions {
                question.call.end(.success(Array(outputs.prefix(question.rowCount))))
                outputs = outputs.dropFirst(question.rowCount)
            }
        } catch {
            for question in questions { question.call.end(.failure(error)) }
        }
    }

    /// Somebody waits no longer: a call that nobody waits for keeps nobody else waiting.
    private func giveUp(_ key: ModelKey) {
        state.withLock { state in
            // What never reached the runtime has ended with whoever waited for it.
            for question in state.queue.drop(from: key, where: { !$0.call.isAwaited }) { question.call.abandon() }
            guard let running = state.running[key], running.hasSlot, !running.calls.contains(where: \.isAwaited) else {
                return
            }
            state.running[key]?.hasSlot = false
            state.freeSlotCount += 1
        }
        dispatch()
    }
}
