import Alarms
import Models
import Plant

/// A seeded plant that wanders around its limits: three assets, every kind of rule, with and without components,
/// deadbands and delays; missing values, late rows, predictions and their revisions, silence, busy operators.
struct RandomPlant {
    enum Event {
        case sample(Sample)
        case prediction(Prediction)
        case tick(Instant)
        /// Of the open alarm at that place, counted round.
        case acknowledge(Int, Instant)
        case reset(Int, Instant)
        /// The whole plant, an asset, or the condition of the open alarm at that place.
        case suppress(SuppressionBook.Place, Suppression, Instant)
        case shelve(Int, Instant)
        case unsuppress(SuppressionBook.Place, Instant)
    }

    static let rules = """
        [{"id": "hz1", "kind": "setpoint", "tag": "t", "setpointTag": "sp", "lowDeviation": -10, "highDeviation": 10,
          "criticalBeyond": 5, "component": "heater", "deadband": 1},
         {"id": "hz1slow", "kind": "setpoint", "tag": "t", "setpoint": 100, "lowDeviation": -8, "highDeviation": 12,
          "criticalBeyond": 4, "component": "heater", "onDelaySeconds": 45, "offDelaySeconds": 90, "priority": 2},
         {"id": "oil", "kind": "limit", "tag": "p", "highHigh": 8, "high": 5, "low": -5, "lowLow": -8, "deadband": 0.5},
         {"id": "oilslow", "kind": "limit", "tag": "p", "highHigh": 7, "low": -6, "onDelaySeconds": 20, "priority": 1,
          "component": "pump"},
         {"id": "hfail", "kind": "binary", "tag": "b", "component": "heater", "offDelaySeconds": 30},
         {"id": "level", "kind": "binary", "tag": "c", "severity": "WARNING", "component": "pump", "latching": true},
         {"id": "pace", "kind": "rateOfChange", "tag": "p", "overSeconds": 30, "rise": 3, "criticalFall": -4},
         {"id": "mute", "kind": "stale", "tag": "t", "afterSeconds": 40}]
        """
    static let policy = PredictivePolicy(threshold: 0.6, clearBelow: 0.7, raiseAfter: 2)

    private var generator: SplitMix64
    private(set) var now = Instant.t0
    private var values: [String: [Double]] = [:]
    private var probabilities: [String: Double] = [:]
    private var lastPredicted: [String: Instant] = [:]

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    mutating func next() -> Event {
        now = now + .milliseconds(Int64.random(in: 0...8_000, using: &generator))
        let asset = "m\(Int.random(in: 1...3, using: &generator))"
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<60: return .sample(sample(of: asset))
        case 60..<80: return .prediction(prediction(of: asset))
        case 80..<90: return .tick(now)
        case 90..<95: return .acknowledge(Int.random(in: 0..<6, using: &generator), now)
        case 95..<97: return .reset(Int.random(in: 0..<6, using: &generator), now)
        case 97: return .shelve(Int.random(in: 0..<6, using: &generator), now)
        case 98:
            let place = SuppressionBook.Place(asset: chance(0.1, &generator) ? nil : asset)
            let until = now + .seconds(Int.random(in: 10...600, using: &generator))
            return .suppress(place, Suppression(kind: .outOfService, by: "asha", until: until), now)
        default: return .unsuppress(SuppressionBook.Place(asset: chance(0.3, &generator) ? nil : asset), now)
        }
    }

    private func chance(_ share: Double, _ generator: inout SplitMix64) -> Bool {
        Double.random(in: 0..<1, using: &generator) < share
    }

    private mutating func sample(of asset: String) -> Sample {
        var wandering = values[asset] ?? [100, 100, 0, 0, 0]
        wandering[0] += Double.random(in: -4...4, using: &generator) + (wandering[1] - wandering[0]) * 0.05
        if chance(0.02, &generator) { wandering[1] = Double.random(in: 95...105, using: &generator) }
        wandering[2] += Double.random(in: -2...2, using: &generator) - wandering[2] * 0.05
        for index in 3...4 where chance(0.1, &generator) { wandering[index] = 1 - wandering[index] }
        values[asset] = wandering
        for index in wandering.indices where chance(0.05, &generator) { wandering[index] = .nan }
        let isLate = chance(0.04, &generator)
        return Sample(asset: asset, instant: isLate ? now - .seconds(20) : now, values: wandering)
    }

    private mutating func prediction(of asset: String) -> Prediction {
        let drifted = (probabilities[asset] ?? 0.5) + Double.random(in: -0.2...0.2, using: &generator)
        let probability = min(1, max(0, drifted))
        probabilities[asset] = probability
        var instant = now
        var isCorrected = false
        if let last = lastPredicted[asset], chance(0.15, &generator) {
            instant = chance(0.5, &generator) ? last : last - .seconds(30)
            isCorrected = true
        }
        lastPredicted[asset] = max(lastPredicted[asset] ?? instant, instant)
        return Prediction(
            asset: asset,
            instant: instant,
            probability: probability,
            component: ["heater", "pump", nil].randomElement(using: &generator) ?? nil,
            timeToFailureMinutes: probability * 600,
            modelVersion: .example,
            isCorrected: isCorrected
        )
    }
}

extension AlarmEngine {
    /// Lets one event of a random plant happen.
    mutating func take(_ event: RandomPlant.Event, generator: inout SplitMix64) throws -> [AlarmTransition] {
        switch event {
        case .sample(let sample): return observe(sample, generator: &generator)
        case .prediction(let prediction):
            return observe(prediction, metadata: nil, policy: RandomPlant.policy, generator: &generator)
        case .tick(let now): return endSuppressions(at: now).transitions + tick(now, generator: &generator)
        case .acknowledge(let place, let now):
            let open = openAlarms
            guard !open.isEmpty else { return [] }
            return try acknowledge(open[place % open.count].id, by: "asha", at: now)
        case .reset(let place, let now):
            let latched = openAlarms.filter { $0.state == .latched }
            guard !latched.isEmpty else { return [] }
            return try reset(latched[place % latched.count].id, by: "asha", at: now)
        case .suppress(let place, let suppression, let now): return suppress(place, suppression, at: now)
        case .shelve(let place, let now):
            let open = openAlarms
            guard !open.isEmpty else { return [] }
            let alarm = open[place % open.count]
            return suppress(
                SuppressionBook.Place(asset: alarm.asset, condition: alarm.condition),
                Suppression(kind: .shelved, by: "asha", reason: "noise", since: now, until: now + .seconds(120)),
                at: now
            )
        case .unsuppress(let place, let now): return unsuppress(place, by: "asha", at: now)
        }
    }
}
