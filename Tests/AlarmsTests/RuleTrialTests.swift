import Alarms
import Models
import Plant
import Testing

@Suite struct RuleTrialTests {
    private static let tags = [Tag(name: "t", kind: .continuous), Tag(name: "b", kind: .boolean)]

    private static func advice(
        _ rule: String,
        _ samples: [Sample],
        failures: [FailureEvent] = []
    ) throws -> RuleAdvice {
        let rules = try AlarmScript.rules("[\(rule)]")
        var meter = try ExcursionMeter(rules: rules, tags: tags)
        for sample in samples { meter.observe(sample) }
        var trial = try RuleTrial(
            of: rules,
            measuredBy: meter,
            tags: tags,
            failures: failures,
            horizon: .seconds(3_600),
            from: .t0
        )
        for sample in samples { trial.observe(sample) }
        let end = (samples.last?.instant ?? .t0) + .seconds(1)
        return try #require(trial.advice(until: end).first)
    }

    private static func sample(_ second: Int, t: Double = 0, b: Double = 0) -> Sample {
        Sample(asset: "m1", instant: .t0 + .seconds(second), values: [t, b])
    }

    /// A slow swing around the limit of 100 with noise on it, and once a true excursion to 130.
    private static func noisy(hours: Int) -> [Sample] {
        var generator = SplitMix64(seed: 7)
        return (0..<hours * 3_600).map { second in
            let swing = Double(abs(second % 1_200 - 600)) / 600 * 4
            let peak = (7_000..<7_060).contains(second) ? 30.0 : 0
            return sample(second, t: 97.5 + swing + peak + Double.random(in: -1...1, using: &generator))
        }
    }

    @Test func `a noisy signal near its limit is quieted by a deadband of the noise's size, and nothing is lost`()
        throws
    {
        let advice = try Self.advice(
            #"{"id": "hot", "kind": "limit", "tag": "t", "high": 100, "highHigh": 120}"#,
            Self.noisy(hours: 6)
        )
        #expect(advice.present?.chattering ?? 0 > 300 && advice.present?.criticalRaises == 1)
        let first = try #require(advice.suggestions.first)
        #expect(first.change.attribute == .deadband)
        #expect((0.5...2.2).contains(first.change.to), "\(first.change.to)")
        #expect(first.chattering.after * 5 <= first.chattering.before)
        #expect(first.chattering.before == advice.present?.chattering)
        #expect(first.latestCriticalSeconds == 0 && first.text.contains("none CRITICAL lost, none later"))
        for suggestion in advice.suggestions {
            #expect(suggestion.raises.after < suggestion.raises.before)
            let mayBeLate = suggestion.change.attribute == .onDelaySeconds ? suggestion.change.to : 0
            #expect(suggestion.latestCriticalSeconds <= mayBeLate)
        }
    }

    @Test func `what a suggestion says of a change is what the changed rule does`() throws {
        let samples = Self.noisy(hours: 6)
        let json = #"{"id": "hot", "kind": "limit", "tag": "t", "high": 100, "highHigh": 120}"#
        for suggestion in try Self.advice(json, samples).suggestions {
            var rule = try AlarmScript.rules("[\(json)]")[0]
            switch suggestion.change.attribute {
            case .deadband: rule.deadband = suggestion.change.to
            case .offDelaySeconds: rule.offDelaySeconds = Int(suggestion.change.to)
            case .onDelaySeconds: rule.onDelaySeconds = Int(suggestion.change.to)
            }
            var engine = try AlarmEngine(rules: [rule], tags: Self.tags)
            var tally = RuleTally(from: .t0)
            var generator = SplitMix64(seed: 2)
            for sample in samples {
                for transition in engine.observe(sample, generator: &generator) { tally.note(transition) }
            }
            #expect(tally.sum(of: "hot").raises == suggestion.raises.after, "\(suggestion.text)")
            #expect(tally.sum(of: "hot").chattering == suggestion.chattering.after, "\(suggestion.text)")
        }
    }

    /// A contact that bounces for two seconds every minute, and holds once for five minutes.
    private static let bouncing = (0..<7_200).map { second in
        sample(second, b: second % 60 < 2 || (3_000..<3_300).contains(second) ? 1 : 0)
    }

    @Test func `a bouncing contact gets a delay, and its one true alarm comes no later than that`() throws {
        let advice = try Self.advice(#"{"id": "trip", "kind": "binary", "tag": "b"}"#, Self.bouncing)
        #expect(!advice.suggestions.contains { $0.change.attribute == .deadband })
        // All bounces are CRITICAL, and one burst: an on-delay that swallowed them would lose what goes before the
        // true one.
        let off = try #require(advice.suggestions.first { $0.change.attribute == .offDelaySeconds })
        #expect(off.change.to == 60 && off.raises.after == 1)
    }

    @Test func `no delay is offered that would lose a short CRITICAL`() throws {
        // Critical for three seconds once an hour; a warning that chatters in between.
        let samples = (0..<4 * 3_600).map { second in
            let isCritical = second % 3_600 >= 3_000 && second % 3_600 < 3_003
            let chatters = second % 3_600 < 1_000 && second % 20 < 4
            return Self.sample(second, t: isCritical ? 130 : chatters ? 101 : 80)
        }
        let advice = try Self.advice(
            #"{"id": "hot", "kind": "limit", "tag": "t", "high": 100, "highHigh": 120}"#,
            samples
        )
        #expect(advice.present?.criticalRaises == 4)
        #expect(!advice.suggestions.contains { $0.change.attribute == .onDelaySeconds })
        // The value lies so far inside meanwhile that a deadband to hold it would never let go.
        #expect(advice.suggestions.map(\.change.attribute) == [.offDelaySeconds])
    }

    @Test func `no delay is offered that would keep a recorded failure from being announced`() throws {
        // Chatter of two seconds, all that there is before the failure.
        let samples = (0..<3_600).map { Self.sample($0, t: $0 % 40 < 2 ? 101 : 99) }
        let rule = #"{"id": "hot", "kind": "limit", "tag": "t", "high": 100}"#
        let failure = FailureEvent(asset: "m1", start: .t0 + .seconds(3_000))
        let (without, with) = (try Self.advice(rule, samples), try Self.advice(rule, samples, failures: [failure]))
        #expect(without.suggestions.contains { $0.change.attribute == .onDelaySeconds })
        #expect(!with.suggestions.contains { $0.change.attribute == .onDelaySeconds })
        #expect(with.suggestions.allSatisfy { $0.failuresAnnounced.before == 1 && $0.failuresAnnounced.after == 1 })
        #expect(!with.suggestions.isEmpty)
    }

    @Test func `a failure that only the changed rule would reach is none of those that are still announced`() throws {
        // Gone for good at 3562; the second failure lies a little farther from that than the horizon of an hour.
        let samples = (0..<7_400).map { Self.sample($0, t: $0 < 3_600 && $0 % 40 < 2 ? 101 : 99) }
        let rule = #"{"id": "hot", "kind": "limit", "tag": "t", "high": 100}"#
        let failures = [3_000, 3_562 + 3_600 + 20].map { FailureEvent(asset: "m1", start: .t0 + .seconds($0)) }
        let advice = try Self.advice(rule, samples, failures: failures)
        let off = try #require(advice.suggestions.first { $0.change.attribute == .offDelaySeconds })
        #expect(off.failuresAnnounced.before == 1 && off.failuresAnnounced.after == 1)
        #expect(off.text.hasSuffix("1 of 1 announced failure still is"))
    }

    @Test func `what is active too often to judge is told so, whatever failed`() throws {
        let chatter = (0..<100).map { Self.sample($0, t: $0 % 4 < 2 ? 101 : 99) }
        let often = (1...10_100).map { Self.sample($0 * 400, t: $0.isMultiple(of: 2) ? 101 : 99) }
        let advice = try Self.advice(
            #"{"id": "hot", "kind": "limit", "tag": "t", "high": 100}"#,
            chatter + often,
            failures: [FailureEvent(asset: "m1", start: .t0 + .seconds(3_000))]
        )
        #expect(advice.suggestions.isEmpty && advice.none?.contains("too often to judge") == true)
        #expect(advice.present?.chattering ?? 0 > 0)
    }

    /// Outside for half a minute every ten minutes, all day, with a row each ten seconds.
    private static func brief(_ value: Double) -> [Sample] {
        stride(from: 0, to: 86_400, by: 10).map { sample($0, t: $0 % 600 < 30 ? value : 99) }
    }

    @Test func `what is gone at once, though it does not chatter, gets the on-delay that keeps it away`() throws {
        let advice = try Self.advice(#"{"id": "hot", "kind": "limit", "tag": "t", "high": 100}"#, Self.brief(101))
        #expect(advice.present?.raises == 144 && advice.present?.fleeting == 144 && advice.present?.chattering == 0)
        #expect(advice.suggestions.map(\.change.attribute) == [.onDelaySeconds])
        let on = try #require(advice.suggestions.first)
        #expect(on.change.to == 45 && on.raises.after == 0 && on.fleeting.after == 0)
        #expect(on.text == "on-delay 45 s: 144 -> 0 raises, none CRITICAL lost, none later")
    }

    @Test func `what is gone at once and CRITICAL is kept, and that is said`() throws {
        let rule = #"{"id": "hot", "kind": "limit", "tag": "t", "highHigh": 100}"#
        let advice = try Self.advice(rule, Self.brief(101))
        #expect(advice.suggestions.isEmpty && advice.none?.contains("without losing a CRITICAL") == true)
    }

    @Test func `where nothing chatters or nothing helps, that is said and nothing is offered`() throws {
        let calm = (0..<3_600).map { Self.sample($0, t: $0 > 1_800 ? 101 : 99) }
        let rule = #"{"id": "hot", "kind": "limit", "tag": "t", "high": 100}"#
        let advice = try Self.advice(rule, calm)
        #expect(advice.suggestions.isEmpty && advice.none?.contains("does not chatter") == true)
    }
}
