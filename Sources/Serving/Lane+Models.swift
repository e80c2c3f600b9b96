import Alarms
import Features
import Logging
import Models
import Plant
import Storage

/// How models come to serve: with the engine that the last commit left, or one that history was streamed through.
extension Lane {
    /// Lets a model serve with the engine that the last commit left; returns that engine where it lacks assets.
    func restoredModel(
        _ version: ModelVersion,
        _ memories: [String: LaneMemory],
        _ state: inout LaneState
    ) async throws -> UnfinishedEngine? {
        // Rules do not wait for a load that takes its time: the model is warmed up beside them then.
        guard let loaded = try await predictions.registry.load(version, within: .seconds(1), in: scope) else {
            return nil
        }
        let model = ServedModel(loaded)
        var engine = FeatureEngine(model.manifest, allowedLateness: state.lateness)
        var missing: [String] = []
        for (asset, memory) in memories.sorted(by: { $0.key < $1.key }) {
            guard memory.newest != nil else { continue }  // The rules saw it; no features were made yet.
            guard let features = memory.features[engine.memoryKey] else {
                missing.append(asset)
                continue
            }
            var samples: [Sample] = []
            let from = engine.retainedFrom(features)
            try await history.replay(asset, from: from, through: state.cursor, under: engine.view) {
                samples.append($0)
            }
            engine.restore(asset: asset, memory: features, samples: samples)
        }
        guard missing.isEmpty else { return UnfinishedEngine(engine: engine, missing: missing) }
        state.serve(model, features: engine, at: time.now)
        return nil
    }

    /// Streams history through a new model's engine, beside the river; tells the lane when it has caught up.
    func warm(
        _ state: inout LaneState,
        from unfinished: UnfinishedEngine? = nil,
        in children: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        guard let version = state.beginWarming(at: time.now) else { return }
        publish(state)
        let sequence = state.cursor
        let serving = state.serving?.features.memoryKey
        let lateness = state.lateness
        children.addTask(priority: .utility) {
            do {
                let model = ServedModel(try await predictions.registry.load(version, in: scope))
                var warmed = WarmedModel(model: model, features: nil, throughSequence: sequence)
                let engine = FeatureEngine(model.manifest, allowedLateness: lateness)
                if engine.memoryKey != serving {
                    warmed.features =
                        if let unfinished {
                            try await history.finished(unfinished, through: sequence)
                        } else {
                            try await history.finished(engine, through: sequence)
                        }
                }
                inbox.notify(.warmed(version, .success(warmed)))
            } catch {
                // A lane that starts over begins anew with its model too.
                guard !Task.isCancelled else { return }
                inbox.notify(.warmed(version, .failure(ModelError(warmingUp: error))))
            }
        }
    }

    /// Swaps a proven model in between two batches, after it has seen what came while it was warming up.
    func take(
        _ result: Result<WarmedModel, ModelError>,
        of version: ModelVersion,
        _ state: inout LaneState
    ) async throws {
        state.endWarming(version)
        switch result {
        case .failure(let error): try await giveUp(version, because: error, &state)
        case .success(let warmed):
            let key = FeatureEngine(warmed.model.manifest, allowedLateness: state.lateness).memoryKey
            guard version == state.awaitedModel(at: time.now),
                var features = warmed.features ?? state.serving?.features, features.memoryKey == key
            else { break }  // The configuration went on meanwhile: what is awaited now is warmed up next.
            var projections = Projections(to: features.view.tags)
            var sequence = warmed.features == nil ? state.cursor : warmed.throughSequence
            while sequence < state.cursor {
                let page = try await stores.readings.readings(after: sequence, countMax: Self.batchCountMax, in: scope)
                let tags = try await schemaTags.tags(ofVersionsIn: page)
                for stored in page where stored.sequence <= state.cursor && !stored.isTooLate {
                    _ = features.insert(projections.sample(stored, tags: tags))
                }
                guard let last = page.last else { break }
                sequence = last.sequence
            }
            state.serve(warmed.model, features: features, at: time.now)
            try await clearUnwell(state)
            logger.info("the model serves", metadata: ["version": "\(version)"])
        }
        publish(state)
    }
}
