import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Web

/// A wrong number is worse than a missing one: each kind of model fills its own field.
@Suite struct PredictionDocumentTests {
    private func keys(_ kind: ModelKind) throws -> [String: Any] {
        let prediction = Prediction(
            asset: "pump",
            instant: .t0,
            kind: kind,
            probability: 0.75,
            modelVersion: try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        )
        let data = try JSONEncoder().encode(PredictionDocument(prediction))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `an anomaly score is never told as a probability, nor the other way round`() throws {
        let failure = try keys(.failure)
        #expect(failure["probability"] as? Double == 0.75)
        #expect(failure["anomalyScore"] == nil)
        let anomaly = try keys(.anomaly)
        #expect(anomaly["anomalyScore"] as? Double == 0.75)
        #expect(anomaly["probability"] == nil)
        #expect(anomaly["kind"] as? String == "ANOMALY")
    }
}
