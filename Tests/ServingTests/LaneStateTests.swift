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
        #expect(try state.tick(at: .t0 + .seconds(1_799)) == nil)
        let commit = try #require(try state.tick(at: .t0 + .seconds(1_801)))
        #expect(commit.transitions.map(\.at) == [.t0 + .seconds(1_800)])
    }

    @Test func `while a source catches up, the server's clock lets no delay expire`() throws {
        let now = Instant.t0 + .seconds(86_400)
        var state = try state(pressure: 2, at: .t0, seenAt: now)
        #expect(try state.tick(at: now + .seconds(60)) == nil)
        #expect(try state.tick(at: now + .seconds(1_801)) != nil)
    }
}
