import Models
import ONNXRuntime
package import Plant
import Synchronization

/// Loaded models of all organizations, within a budget.
///
/// Whoever is given a model holds it for as long as a call takes, and no longer: one that leaves the cache is freed with
/// its last caller. A model is loaded once however many ask for it, and organizations take turns with their loads; for
/// one that hangs nobody waits longer than ``loadTimeMax``, and others no longer than ``placeTimeMax``.
package final class ModelCache: Sendable {
    private struct State {
        var ledger: CacheLedger<ModelKey>
        var models: [ModelKey: LoadedModel] = [:]
        var scale = MemoryScale()
        var figures: [ID<Organization>: CacheFigures] = [:]
        var lookupCount = 0
        var freedByteCount = 0

        /// Takes models out that the ledger has let go; who calls frees them, without the lock.
        mutating func release(_ departures: [CacheLedger<ModelKey>.Departure], at now: Instant) -> [LoadedModel] {
            departures.compactMap { departure in
                freedByteCount += departure.resident.byteCount
                figures[departure.key.organization]?.evicted(at: now, after: now - departure.resident.since)
                return models.removeValue(forKey: departure.key)
            }
        }
    }

    package let budget: CacheBudget
    /// To be written down by whoever keeps the audit chains.
    let loads = ModelLoads()
    private let load: @Sendable (ModelKey) throws -> LoadedModel
    private let time: any TimeSource
    private let state: Mutex<State>
    /// Models under way, and who waits for each.
    private let work: FairWork<LoadedModel>
    private let trimming = BlockingWork(label: "eagle.trim")

    /// The largest models take seconds: one that takes so long does not end.
    static let loadTimeMax = Duration.seconds(60)

    /// One that takes so long goes on, and others beside it.
    static let placeTimeMax = Duration.seconds(10)

    /// Freed memory that is worth the pause in which it goes back to the system.
    private static let trimmedBytesMin = 64 << 20

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - budget: What it may hold.
    ///   - policy: Who leaves first.
    ///   - loadCountMax: How many loads go on at a time, at least 1.
    ///   - loadTimeMax: How long a load keeps whoever asks waiting.
    ///   - placeTimeMax: How long it keeps others from theirs, at most as long.
    ///   - time: By which uses are told apart.
    ///   - load: Makes a proven model, on a thread of its own; throws ``ModelError``.
    init(
        budget: CacheBudget,
        policy: CachePolicy,
        loadCountMax: Int = 2,
        loadTimeMax: Duration = ModelCache.loadTimeMax,
        placeTimeMax: Duration = ModelCache.placeTimeMax,
        time: any TimeSource,
        load: @escaping @Sendable (ModelKey) throws -> LoadedModel
    ) {
        self.budget = budget
        self.time = time
        self.load = load
        state = Mutex(State(ledger: CacheLedger(policy: policy) { $0.organization }))
        work = FairWork(
            label: "eagle.models",
            countMax: loadCountMax,
            timeMax: loadTimeMax,
            placeTimeMax: placeTimeMax,
            hangs: ModelError(.runtimeFailed, "the model's load does not end; it serves as soon as it does")
        )
    }

    // MARK: - Asking

    /// A proven model, from memory where it is there.
    ///
    /// - Throws: ``ModelError`` where it can't be loaded; ``Overdue`` where that takes longer than until the deadline.
    func model(
        _ key: ModelKey,
        _ urgency: LoadUrgency = .ahead,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws -> LoadedModel {
        let resident = state.withLock { state -> LoadedModel? in
            state.lookupCount += 1
            state.ledger.use(key, at: time.now)
            let model = state.models[key]
            state.figures[key.organization, default: CacheFigures()].asked(found: model != nil)
            return model
        }
        if let resident { return resident }
        return try await loaded(key, urgency, until: deadline)
    }

    /// Loads a model anew and takes it in the place of the one that may be there, which stays where that fails.
    ///
    /// - Throws: ``ModelError``.
    func reload(_ key: ModelKey) async throws -> LoadedModel {
        state.withLock { state in
            state.lookupCount += 1
            state.ledger.use(key, at: time.now)
        }
        return try await loaded(key, .person, until: nil)
    }

    /// The model if it is there; that is no use of it.
    func resident(_ key: ModelKey) -> LoadedModel? {
        state.withLock { state in
            state.lookupCount += 1
            return state.models[key]
        }
    }

    /// A model serves no longer: it leaves once nobody has asked it for ``CacheLedger/dismissedIdleMax``.
    func dismiss(_ key: ModelKey) { state.withLock { $0.ledger.dismiss(key) } }

    /// Lets a model go, as when it turned out to be unwell.
    func forget(_ key: ModelKey) {
        let freed = state.withLock { state in
            state.release(state.ledger.remove(key).map { [$0] } ?? [], at: time.now)
        }
        trim(after: freed)
    }

    /// Lets all models of an organization go, and its figures.
    func forget(in scope: OrganizationScope) {
        let freed = state.withLock { state in
            let keys = state.ledger.residents.keys.filter { $0.organization == scope.id }
            let freed = state.release(keys.compactMap { state.ledger.remove($0) }, at: time.now)
            state.figures[scope.id] = nil
            return freed
        }
        trim(after: freed, atOnce: !freed.isEmpty)
    }

    // MARK: - Loading

    private func loaded(
        _ key: ModelKey,
        _ urgency: LoadUrgency,
        until deadline: ContinuousClock.Instant?
    ) async throws -> LoadedModel {
        try await work.value(for: key, urgency, until: deadline) { [self] tell in
            let clock = ContinuousClock()
            let started = clock.now
            let ongoingCount = work.ongoingCount
            // The same bytes weigh what they weighed before.
            let (turn, isWeighed) = state.withLock { state in
                state.scale.loadBegins()
                let turn = state.scale.turn(ongoing: ongoingCount)
                return (turn, state.scale.wantsGrowth && state.models[key] == nil)
            }
            let before = isWeighed ? ONNXRuntimeLibrary.allocatedByteCount : nil
            var result = Result { try load(key) }
            if case .failure(let error as ModelError) = result, error.code == .outOfMemory, makeRoom() {
                result = Result { try load(key) }
            }
            let growth = before.map { ONNXRuntimeLibrary.allocatedByteCount - $0 }
            let freed = take(key, result, growth: growth, turn: turn, after: clock.now - started)
            tell(result)
            trim(after: freed)
        }
    }

    /// Takes in what was loaded, and returns what leaves for it.
    private func take(
        _ key: ModelKey,
        _ result: Result<LoadedModel, any Error>,
        growth: Int?,
        turn: MemoryScale.Turn,
        after duration: Duration
    ) -> [LoadedModel] {
        note(key, result, after: duration)
        guard case .success(let model) = result else { return [] }
        return state.withLock { state in
            let isAlone = state.scale.wasAlone(since: turn)
            var freed = state.models[key].map { [$0] } ?? []
            let byteCount =
                state.ledger.residents[key]?.byteCount
                ?? state.scale.byteCount(of: model, growth: isAlone ? growth : nil)
            let leaving = state.ledger.admit(key, byteCount: byteCount, within: budget, at: time.now)
            // One too large for the whole cache is handed out and not kept.
            state.models[key] = model
            freed += state.release(leaving, at: time.now)
            state.figures[key.organization, default: CacheFigures()].loaded(in: duration, at: time.now)
            return freed
        }
    }

    private func note(_ key: ModelKey, _ result: Result<LoadedModel, any Error>, after duration: Duration) {
        var code: ModelError.Code?
        if case .failure(let error) = result { code = (error as? ModelError)?.code ?? .artifactMissing }
        loads.add(ModelLoad(key: key, at: time.now, duration: duration, error: code))
    }

    // MARK: - Leaving

    /// Lets idle models go and those that were dismissed, and more where the process holds more memory than it may.
    package func sweep() {
        let now = time.now
        let isPressed = budget.residentBytesMax.map { ResidentMemory.byteCount ?? 0 > $0 } ?? false
        var freed = state.withLock { state in
            state.release(state.ledger.retire(idleFor: budget.idleMax, at: now), at: now)
        }
        if isPressed { freed += shrink() }
        trim(after: freed, atOnce: isPressed || !freed.isEmpty)
    }

    /// Lets others leave for a load that found no memory; false where there are none.
    private func makeRoom() -> Bool {
        let freed = shrink()
        guard !freed.isEmpty else { return false }
        trim(after: freed, atOnce: true)
        return true
    }

    /// A quarter of the models goes.
    private func shrink() -> [LoadedModel] {
        state.withLock { state in
            let leaving = state.ledger.shrink(
                toBytes: state.ledger.byteCount - state.ledger.byteCount / 4 - 1,
                count: .max,
                at: time.now
            )
            return state.release(leaving, at: time.now)
        }
    }

    /// Frees models outside of the lock, and gives memory back once it is worth it.
    private func trim(after freed: consuming [LoadedModel], atOnce: Bool = false) {
        guard !freed.isEmpty || atOnce else { return }
        freed = []
        let isDue = state.withLock { state in
            guard atOnce || state.freedByteCount >= Self.trimmedBytesMin else { return false }
            state.freedByteCount = 0
            return true
        }
        if isDue { trimming.begin { ONNXRuntimeLibrary.releaseFreedMemory() } }
    }

    // MARK: - Figures

    /// How often models were asked for, to be used, loaded anew or looked at, over all organizations.
    package var lookupCount: Int { state.withLock(\.lookupCount) }

    /// What all models together take.
    package var occupancy: (modelCount: Int, byteCount: Int) {
        state.withLock { ($0.ledger.residents.count, $0.ledger.byteCount) }
    }

    /// Counts of all organizations together.
    package var totals: CacheFigures {
        state.withLock { state in state.figures.values.reduce(into: CacheFigures()) { $0.add($1) } }
    }

    /// Loads that take so long that nobody waits for them any more.
    package var hangingLoadCount: Int { work.hangingCount }

    package var policy: CachePolicy { state.withLock(\.ledger.policy) }

    /// An organization's own part, and nothing of others.
    package func figures(in scope: OrganizationScope) -> CacheFigures {
        state.withLock { state in
            var figures = state.figures[scope.id] ?? CacheFigures()
            for (key, resident) in state.ledger.residents where key.organization == scope.id {
                figures.resident.append(
                    CacheFigures.Resident(version: key.version, byteCount: resident.byteCount, since: resident.since)
                )
            }
            figures.resident.sort { $0.since < $1.since }
            return figures
        }
    }
}
