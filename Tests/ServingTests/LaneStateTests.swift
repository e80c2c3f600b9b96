import Alarms
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite struct LaneStateTests {
    private func state(pressure: Double, at instant: Instant, seenAt now: Instant) throws -> LaneState {
        let document = try SmallPlant.document()
        var state = LaneState(cursor: 0, memories: [:], openAlarms: [:])
        _ = try state.configure(document, schemaVersion: 1, predictionEnabled: false, champion: nil, at: now)
        let stored = StoredReading(
            sequence: 1,
            schemaVersion: 1,
            isTooLate: false,
            reading: Reading(asset: "p1", instant: instant, values: [2, pressure, 0])
        )
        let (carried, ruled) = state.rule([stored], tags: [1: document.schema.tags])
        #expect(ruled.isEmpty)
        _ = try state.conclude(carried, BatchAnswer(), at: now)
        return state
    }

    @Test func `a delay expires in silence when the plant's time has gone on for so long`() throws {
        var state = try state(pressure: 2, at: .t0, seenAt: .t0)
        #expect(try state.tick(at: .t0 + .seconds(1_798)) == nil)
        let commit = try #require(try state.tick(at: .t0 + .seconds(1_801)))
        #expect(commit.transitions.map(\.at) == [.t0 + .seconds(1_799)])
    }

    @Test func `while a source catches up, the server's clock lets no delay expire`() throws {
        let now = Instant.t0 + .seconds(86_400)
        var state = try state(pressure: 2, at: .t0, seenAt: now)
        #expect(try state.tick(at: now + .seconds(60)) == nil)
        #expect(try state.tick(at: now + .seconds(1_801)) != nil)
    }

    // MARK: - Rows on their way

    /// A lane of a plant that may be silent for a quarter of an hour.
    private struct Plant {
        var state = LaneState(cursor: 0, memories: [:], openAlarms: [:])
        let document: SchemaDocument
        var sequence: Int64 = 0

        init() throws {
            let former = try SmallPlant.document()
            var schema = former.schema
            schema.sourceStaleSeconds = 900
            var rules = former.rules
            rules[0].onDelaySeconds = 60
            rules.append(AlarmRule(id: "mute", tag: "vibration", check: .stale(StaleCheck(afterSeconds: 30))))
            document = try SchemaDocument(schema: schema, rules: rules)
            _ = try state.configure(document, schemaVersion: 1, predictionEnabled: false, champion: nil, at: .t0)
        }

        /// A row by the plant's time that goes through at the server's.
        mutating func send(_ asset: String, at second: Int, pressure: Double = 5, seenAt now: Int) throws
            -> [AlarmTransition]
        {
            sequence += 1
            let reading = Reading(asset: asset, instant: .t0 + .seconds(second), values: [2, pressure, 0])
            let stored = StoredReading(sequence: sequence, schemaVersion: 1, isTooLate: false, reading: reading)
            let (carried, ruled) = state.rule([stored], tags: [1: document.schema.tags])
            _ = try state.conclude(carried, BatchAnswer(), at: .t0 + .seconds(now))
            state.cursor = sequence
            return ruled
        }

        mutating func tick(at second: Int, storedThrough sequence: Int64 = 0) throws -> [AlarmTransition] {
            try state.tick(at: .t0 + .seconds(second), storedThrough: sequence)?.transitions ?? []
        }
    }

    @Test func `a gateway that sends in bursts raises nothing by what it has yet to send`() throws {
        var plant = try Plant()
        for second in 0..<300 { #expect(try plant.send("p1", at: second, seenAt: 300).isEmpty) }
        #expect(try plant.send("p1", at: 300, pressure: 2, seenAt: 300).isEmpty)
        for second in [361, 400, 599] { #expect(try plant.tick(at: second).isEmpty) }
        #expect(try plant.send("p1", at: 301, seenAt: 600).isEmpty)
        #expect(try plant.tick(at: 700).isEmpty)
    }

    @Test func `an asset that falls silent outside is told of once nothing more is on its way`() throws {
        var plant = try Plant()
        _ = try plant.send("p1", at: 0, pressure: 2, seenAt: 0)
        #expect(try plant.tick(at: 899).isEmpty)
        let raised = try plant.tick(at: 900)
        #expect(raised.map(\.at) == [.t0 + .seconds(60)])
        #expect(raised.map(\.readThrough) == [1])
    }

    @Test func `a tick waits for the rows that were stored before it, and for no others`() throws {
        var plant = try Plant()
        _ = try plant.send("p1", at: 0, pressure: 2, seenAt: 0)
        // Two rows are stored behind it; the first of them is inside.
        #expect(try plant.tick(at: 1_000, storedThrough: 3).isEmpty)
        #expect(try plant.send("p1", at: 1, seenAt: 1_001).isEmpty)
        #expect(try plant.state.finishTick(at: .t0 + .seconds(1_001)) == nil)
        #expect(try plant.send("p2", at: 1, pressure: 2, seenAt: 1_002).isEmpty)
        #expect(try plant.state.finishTick(at: .t0 + .seconds(1_002)) == nil)
        #expect(plant.state.pendingTick == nil)
        // What was told of and is not there is waited for by nobody.
        #expect(try plant.tick(at: 2_000, storedThrough: 9).isEmpty)
        let late = try plant.state.finishTick(at: .t0 + .seconds(2_000), isThrough: true)
        #expect(late?.transitions.contains { $0.alarm.asset == "p2" } == true)
    }

    @Test func `a plant that is back one asset after the other missed nothing, and who stays away is missed`() throws {
        var plant = try Plant()
        for asset in ["p1", "p2"] { _ = try plant.send(asset, at: 20, seenAt: 20) }
        #expect(try plant.tick(at: 2_000).isEmpty)
        // First what was kept back, of one asset and then of the other; ticks fall between.
        for second in stride(from: 30, through: 2_000, by: 10) {
            #expect(try plant.send("p1", at: second, seenAt: 2_001).isEmpty)
        }
        #expect(try plant.tick(at: 2_002).isEmpty)
        for second in stride(from: 30, through: 2_000, by: 10) {
            #expect(try plant.send("p2", at: second, seenAt: 2_003).isEmpty)
        }
        for second in stride(from: 2_010, through: 3_000, by: 10) {
            #expect(try plant.send("p1", at: second, seenAt: second).isEmpty)
            let missed = try plant.tick(at: second)
            // It was heard last at 2003 by the server's time.
            #expect(missed.map(\.alarm.asset) == (second == 2_910 ? ["p2"] : []), "\(second)")
            #expect(missed.allSatisfy { $0.at == .t0 + .seconds(2_030) })
        }
    }
}
