import Alarms
import FoundationEssentials
import Models
import Plant

/// Plays a text against an engine and says where the two disagree.
///
/// A line is an instant in seconds, what happens, and after `->` the transitions that must follow, separated by
/// semicolons; without an arrow none may. A transition is its change, the alarm's type, condition and state, and
/// `@seconds` where it has another instant than the line.
/// ```
/// 0  m1 t=861 sp=850      -> raised WARNING rule:hz1 unacknowledged
/// 5  m1 t=-               (a missing value; tags not named are missing too)
/// 9  tick
/// 9  ack m1 rule:hz1      -> acknowledged WARNING rule:hz1 acknowledged
/// 9  m1 predicts 0.8 heater
/// 9  m1 corrects 0.8 heater
/// 9  withdraw
/// ```
struct AlarmScript {
    static let tags = [
        Tag(name: "t", kind: .continuous), Tag(name: "sp", kind: .continuous), Tag(name: "p", kind: .continuous),
        Tag(name: "b", kind: .boolean), Tag(name: "c", kind: .boolean),
    ]

    var engine: AlarmEngine
    var policy = PredictivePolicy(threshold: 0.6, clearBelow: 0.5, raiseAfter: 1)
    var generator = SplitMix64(seed: 1)
    /// Every transition so far.
    var transitions: [AlarmTransition] = []

    /// A fresh engine with rules as they stand in a schema document, as JSON.
    init(rules: String, silentAfter: Duration? = nil) throws {
        engine = try AlarmEngine(rules: Self.rules(rules), tags: Self.tags, silentAfter: silentAfter)
    }

    static func rules(_ json: String) throws -> [AlarmRule] {
        try JSONDecoder().decode([AlarmRule].self, from: Data(json.utf8))
    }

    struct BadLine: Error { let line: String }

    /// - Returns: A line per disagreement; empty where all went as written.
    mutating func play(_ script: String) throws -> [String] {
        var disagreements: [String] = []
        for line in script.split(separator: "\n") where !line.allSatisfy({ $0 == " " }) {
            let halves = line.split(separator: "->", maxSplits: 1)
            let expected = halves.count > 1 ? halves[1].split(separator: ";").map(trimmed) : []
            var words = halves[0].split(separator: " ")[...]
            guard let seconds = words.popFirst().flatMap({ Int64($0) }) else { throw BadLine(line: String(line)) }
            let now = Instant.t0 + .seconds(seconds)
            let happened = try act(words.map(String.init), at: now)
            transitions += happened
            let told = happened.map { text(of: $0, at: now) }
            if told != expected { disagreements.append("\(trimmed(line)) | but: \(told.joined(separator: "; "))") }
        }
        return disagreements
    }

    private mutating func act(_ words: [String], at now: Instant) throws -> [AlarmTransition] {
        switch (words.first, words.count) {
        case ("tick", 1): return engine.tick(now, generator: &generator)
        case ("withdraw", 1): return engine.withdrawPredictions(at: now)
        case ("ack", 3):
            guard let alarm = engine.openAlarms(of: words[1]).first(where: { $0.condition.key == words[2] }) else {
                throw BadLine(line: words.joined(separator: " "))
            }
            return try engine.acknowledge(alarm.id, by: "asha", note: "seen", at: now)
        case (let asset?, let count) where count > 2 && (words[1] == "predicts" || words[1] == "corrects"):
            guard let probability = Double(words[2]) else { throw BadLine(line: words.joined(separator: " ")) }
            let prediction = Prediction(
                asset: asset,
                instant: now,
                probability: probability,
                component: count > 3 ? words[3] : nil,
                timeToFailureMinutes: 540,
                modelVersion: .example,
                isCorrected: words[1] == "corrects"
            )
            return engine.observe(prediction, metadata: nil, policy: policy, generator: &generator)
        case (let asset?, _):
            let sample = try sample(of: asset, words.dropFirst(), at: now)
            return engine.observe(sample, generator: &generator)
        case (nil, _): throw BadLine(line: "")
        }
    }

    private func sample(of asset: String, _ words: ArraySlice<String>, at now: Instant) throws -> Sample {
        var values = Self.tags.map { _ in Double.nan }
        for word in words {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let index = Self.tags.firstIndex(where: { $0.name == parts[0] }) else {
                throw BadLine(line: word)
            }
            values[index] = Double(parts[1]) ?? .nan
        }
        return Sample(asset: asset, instant: now, values: values)
    }

    private func text(of transition: AlarmTransition, at now: Instant) -> String {
        let alarm = transition.alarm
        let text = "\(transition.change) \(alarm.type.rawValue) \(alarm.condition.key) \(alarm.state)"
        guard transition.at != now else { return text }
        return "\(text) @\((transition.at - Instant.t0).components.seconds)"
    }

    private func trimmed(_ text: Substring) -> String { text.split(separator: " ").joined(separator: " ") }
}

extension Instant {
    static let t0 = Instant(seconds: 1_767_225_600)
}

extension ModelVersion {
    static let example: ModelVersion = {
        guard let version = ModelVersion(hash: String(repeating: "ab", count: 32)) else {
            preconditionFailure("64 hexadecimal digits name a version")
        }
        return version
    }()
}

/// Repeatable randomness (Steele, Lea and Flood 2014).
struct SplitMix64: RandomNumberGenerator, Hashable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
