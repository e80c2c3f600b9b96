import Alarms
import Features
import Models

/// What a lane knows of the version it serves; the model itself lies in the cache, and may leave it.
struct ServedModel: Sendable {
    let version: ModelVersion
    let manifest: ModelManifest

    init(_ model: LoadedModel) {
        version = model.version
        manifest = model.manifest
    }

    /// Whether it can say anything of a row.
    func canJudge(_ row: FeatureRow) -> Bool {
        manifest.canJudge(oldestSampleAgeSeconds: row.metadata.oldestSampleAgeSeconds ?? 0)
    }
}

extension PredictivePolicy {
    /// When a model's probabilities raise an alarm.
    init(_ manifest: ModelManifest) {
        self.init(threshold: manifest.threshold, clearBelow: manifest.clearBelow, raiseAfter: manifest.raiseAfter)
    }
}
