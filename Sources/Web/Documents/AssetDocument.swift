import Alarms
import Models
import Plant
import Storage

/// One signal's value: a number, or, of a boolean tag, true or false.
enum SignalValue: Encodable, Sendable {
    case number(Double)
    case flag(Bool)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        }
    }
}

/// A reading as the API writes it: what is missing is absent.
struct ReadingDocument: Encodable, Sendable {
    let asset: String
    let at: Instant
    let values: [String: SignalValue]
    /// The tags for whose value the source does not vouch.
    let notGood: [String]
    /// The failing component, empty where none is named; absent where nothing fails.
    let failing: String?

    /// - Parameters:
    ///   - reading: As it was kept.
    ///   - tags: Of the schema that the reading came under.
    init(_ reading: Reading, tags: [Tag]) {
        asset = reading.asset
        at = reading.instant
        var values: [String: SignalValue] = [:]
        for (tag, value) in zip(tags, reading.values) where value.isFinite {
            switch tag.kind {
            case .continuous: values[tag.name] = .number(value)
            case .boolean: values[tag.name] = .flag(value != 0)
            }
        }
        self.values = values
        notGood = reading.notGood.sorted().compactMap { tags.indices.contains($0) ? tags[$0].name : nil }
        failing = reading.failing
    }
}

/// A prediction as the API writes it.
struct PredictionDocument: Encodable, Sendable {
    let asset: String
    let at: Instant
    let kind: ModelKind
    /// One of the two, by kind.
    let probability: Double?
    let anomalyScore: Double?
    let confidence: Double?
    let component: String?
    let timeToFailureMinutes: Double?
    let p10Minutes: Double?
    let p90Minutes: Double?
    let modelVersion: ModelVersion
    let isLate: Bool
    let isCorrected: Bool
    /// How old it is and whether it still stands; only of the newest one.
    var ageSeconds: Double?
    var isStale: Bool?

    init(_ prediction: Prediction, age: Age? = nil) {
        asset = prediction.asset
        at = prediction.instant
        kind = prediction.kind
        probability = prediction.kind == .failure ? prediction.probability : nil
        anomalyScore = prediction.kind == .anomaly ? prediction.probability : nil
        confidence = prediction.confidence?.ifFinite
        component = prediction.component
        timeToFailureMinutes = prediction.timeToFailureMinutes?.ifFinite
        p10Minutes = prediction.p10Minutes?.ifFinite
        p90Minutes = prediction.p90Minutes?.ifFinite
        modelVersion = prediction.modelVersion
        isLate = prediction.isLate
        isCorrected = prediction.isCorrected
        ageSeconds = age?.seconds
        isStale = age?.isStale
    }
}

/// How old something of the plant's is, and whether it may still be taken for the present.
struct Age: Sendable {
    let seconds: Double
    let isStale: Bool

    /// A time ahead of the clock is no age at all.
    ///
    /// - Parameters:
    ///   - instant: Of what has an age.
    ///   - now: The plant's time.
    ///   - limit: Older is stale.
    init(of instant: Instant, at now: Instant, limit: Duration) {
        let age = now - instant
        seconds = max(0, Double(age.microseconds) / 1_000_000)
        isStale = age > limit
    }
}

/// An asset as the API writes it, with how fresh what is known of it is.
struct AssetDocument: Encodable, Sendable {
    struct LastReading: Encodable, Sendable {
        let at: Instant
        let ageSeconds: Double
        let values: [String: SignalValue]
        let notGood: [String]
    }

    let id: ID<Asset>
    let name: String
    /// Nothing of it stands for the present: its source is silent.
    let isStale: Bool
    let lastReading: LastReading?
    let prediction: PredictionDocument?
    /// Why no predictions are made, in words; absent while they are.
    let predictionNote: String?
    /// What is to be known of predictions that are made all the same, in words.
    let modelNote: String?
}
