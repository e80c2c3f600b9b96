import Foundation
import FoundationEssentials
import Models
import Plant
import Serving
import Storage

/// What becomes of the model that a run made.
extension TrainingDesk {
    /// Registers what the run made, and lets it become what the gate and the organization allow.
    func conclude(
        _ log: inout TrainingLog,
        _ result: TrainingResult,
        _ place: String,
        in scope: OrganizationScope
    ) async throws {
        let path = place + "/" + TrainingMessage.modelFile
        guard let bytes = FileManager.default.contents(atPath: path) else {
            return fail(&log, "the training process left no model")
        }
        try FileManager.default.removeItem(atPath: path)
        // Before there is a model: a run whose files can't be sealed leaves nothing.
        try await RunArtifacts(keyring: stores.keyring).seal(log.id, in: place, in: scope)
        let model = try await registry.register(
            [UInt8](bytes),
            countMax: try await lanes.quotas.modelCountMax(in: scope),
            in: scope
        )
        guard model.version == result.version else { return fail(&log, "the model's file is not what was trained") }
        try await stores.metrics.save(metrics(result, of: model), in: scope)
        let configuration = try JSONDecoder().decode(
            TrainingConfiguration.self,
            from: Data((log.parameters ?? "{}").utf8)
        )
        let (decision, reason) = try await self.place(model, result, configuration, of: log, in: scope)
        log.state = .completed
        log.endedAt = time.now
        log.progress = 1
        log.step = nil
        log.dataFrom = result.dataFrom
        log.dataUntil = result.dataUntil
        log.dataPointCount = result.rows
        log.modelVersion = model.version
        log.artifactsPath = "training/\(scope.id)/\(log.id)"
        log.decision = decision
        log.decisionReason = reason
        log.gate = String(decoding: try JSONEncoder().encode(result.gate), as: UTF8.self)
        log.labels = String(decoding: try JSONEncoder().encode(result.labels), as: UTF8.self)
    }

    /// Lets a registered model become what the gate and the organization allow; says what that is, and why.
    private func place(
        _ model: RegisteredModel,
        _ result: TrainingResult,
        _ configuration: TrainingConfiguration,
        of log: TrainingLog,
        in scope: OrganizationScope
    ) async throws -> (PromotionPolicy.Decision, String) {
        if model.version == result.champion {
            return (.registered, "it is the very model that serves: nothing new was learned")
        }
        let challenger = try await stores.models.model(as: .challenger, in: scope)
        let (decision, reason) = PromotionPolicy.decide(
            result.gate,
            kind: result.kind,
            aim: configuration.promotion,
            champion: result.championKind,
            hasChallenger: challenger != nil
        )
        let why = AliasReason(
            by: "training",
            reason: reason,
            run: log.id,
            evidence: String(decoding: try JSONEncoder().encode(result.gate), as: UTF8.self)
        )
        do {
            switch decision {
            case .registered, .rejected:
                return (decision, reason)
            case .challenger:
                _ = try await registry.place(
                    [AliasMove(.challenger, to: model.version)],
                    expecting: result.champion,
                    because: why,
                    in: scope
                )
            case .champion:
                _ = try await registry.promote(
                    model.version,
                    over: result.champion,
                    // A score and a probability can't be told apart by outcomes.
                    isGuarded: configuration.guardDays > 0 && result.championKind == .failure
                        && result.kind == .failure,
                    because: why,
                    in: scope
                )
            }
        } catch let error as StorageError where error.code == .cursorMoved {
            return (.registered, "another model became champion while it was trained: judge it anew")
        }
        lanes.configurationChanged(in: scope)
        return (decision, reason)
    }

    private func metrics(_ result: TrainingResult, of model: RegisteredModel) throws -> ModelMetrics {
        let manifest = try JSONDecoder().decode(ModelManifest.self, from: Data(model.manifest.utf8))
        var metrics = ModelMetrics(version: model.version, measuredAt: time.now)
        metrics.rocAUC = manifest.ranking.rocAUC
        metrics.prAUC = manifest.ranking.prAUC
        metrics.brier = manifest.ranking.brier
        metrics.expectedCalibrationError = manifest.ranking.ece
        metrics.medianLeadMinutes = manifest.episodes.medianLeadMinutes
        metrics.falseAlarmsPerAssetWeek = manifest.episodes.falseAlarmsPerAssetWeek
        if manifest.episodes.episodes > 0 {
            metrics.eventRecall = Double(manifest.episodes.episodesDetected) / Double(manifest.episodes.episodes)
        }
        metrics.trainingSeconds = result.seconds
        metrics.dataPointCount = result.rows
        metrics.featureCount = result.features
        return metrics
    }
}
