import Alarms
import Plant
import Testing

/// Every state, every event, every kind of silence, latching and not: an engine that is silenced beside one that is not.
@Suite struct SuppressionTableTests {
    /// One alarm of m1's pump on its way to a state; the fan m0 above it, which may explain it, has one of its own.
    private struct Bench {
        var engine: AlarmEngine
        var generator = SplitMix64(seed: 1)
        var second: Int64 = 0

        init(latching: Bool) throws {
            let rules = """
                [{"id": "oil", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80, "component": "pump",
                  "latching": \(latching)},
                 {"id": "level", "kind": "binary", "tag": "b", "severity": "WARNING", "component": "pump"}]
                """
            engine = try AlarmEngine(rules: AlarmScript.rules(rules), tags: AlarmScript.tags)
            observe("m0", 95)
        }

        var alarm: Alarm? { engine.openAlarms(of: "m1").first }

        @discardableResult
        mutating func observe(_ asset: String, _ value: Double, _ level: Double = 0) -> [AlarmTransition] {
            second += 1
            let values = [value, .nan, .nan, level, .nan]
            let sample = Sample(asset: asset, instant: .t0 + .seconds(second), values: values)
            return engine.observe(sample, generator: &generator)
        }

        mutating func acknowledge() -> [AlarmTransition] {
            alarm.flatMap { try? engine.acknowledge($0.id, by: "asha", at: .t0 + .seconds(second)) } ?? []
        }

        mutating func reset() -> [AlarmTransition] {
            alarm.flatMap { try? engine.reset($0.id, by: "asha", at: .t0 + .seconds(second)) } ?? []
        }

        mutating func bring(to state: ProcessState) {
            if state != .normal { observe("m1", 85) }
            if state == .acknowledged || state == .latched { _ = acknowledge() }
            if state == .returnedUnacknowledged || state == .latched { observe("m1", 70) }
        }

        mutating func take(_ event: AlarmLifecycle.Event) -> [AlarmTransition] {
            let value: Double = alarm?.state.isActive ?? false ? 85 : 70
            return switch event {
            case .raise: observe("m1", value, 1)
            case .escalate: observe("m1", 95)
            case .clear: observe("m1", 70)
            case .acknowledge: acknowledge()
            case .reset: reset()
            }
        }

        mutating func silence(_ kind: Suppression.Kind) -> [AlarmTransition] {
            let now = Instant.t0 + .seconds(second)
            switch kind {
            case .none: return []
            case .suppressedByDesign: return engine.replace(SuppressionBook(parents: ["m1": "m0"]), at: now)
            case .shelved, .outOfService:
                return engine.suppress(SuppressionBook.Place(asset: "m1"), Suppression(kind: kind, by: "asha"), at: now)
            }
        }

        mutating func hear(_ kind: Suppression.Kind) -> [AlarmTransition] {
            let now = Instant.t0 + .seconds(second)
            switch kind {
            case .none: return []
            case .suppressedByDesign: return engine.replace(SuppressionBook(), at: now)
            case .shelved, .outOfService:
                return engine.unsuppress(SuppressionBook.Place(asset: "m1"), by: "asha", at: now)
            }
        }
    }

    @Test(arguments: Suppression.Kind.allCases, [false, true])
    func `silence changes no state, and each event leads where the table says`(
        kind: Suppression.Kind,
        isLatching: Bool
    ) throws {
        for state in ProcessState.allCases where state != .latched || isLatching {
            for event in AlarmLifecycle.Event.allCases {
                var (heard, silent) = (try Bench(latching: isLatching), try Bench(latching: isLatching))
                heard.bring(to: state)
                silent.bring(to: state)
                #expect((silent.alarm?.state ?? .normal) == state)
                let silenced = silent.silence(kind)
                #expect(silenced.map(\.change) == (kind == .none || state == .normal ? [] : [.suppressed]))
                #expect((silent.alarm?.state ?? .normal) == state)

                let (told, toldInSilence) = (heard.take(event), silent.take(event))
                let next = AlarmLifecycle.state(after: event, in: state, isLatching: isLatching)
                #expect((heard.alarm?.state ?? .normal) == next, "\(state) \(event)")
                #expect((silent.alarm?.state ?? .normal) == next, "\(state) \(event) in silence")
                #expect(told.map(\.change) == toldInSilence.map(\.change), "\(state) \(event)")
                let isMoreUrgent = next == .unacknowledged && (state != .unacknowledged || event == .escalate)
                #expect(told.contains(where: \.annunciates) == isMoreUrgent, "\(state) \(event)")
                #expect(kind == .none || !toldInSilence.contains(where: \.annunciates), "\(state) \(event) in silence")

                let back = silent.hear(kind)
                #expect(back.map(\.change) == (kind == .none || next == .normal ? [] : [.unsuppressed]))
                #expect((silent.alarm?.state ?? .normal) == next)
                // Heard again, it says so where an operator has yet to know of it.
                let isUnknown = next == .unacknowledged || next == .returnedUnacknowledged
                #expect(back.contains(where: \.annunciates) == (kind != .none && isUnknown))
            }
        }
    }
}
