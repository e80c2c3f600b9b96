import Alarms
import Plant
import Storage
import TestSupport
import Testing

extension DeliveryStoreTests {
    @Test(arguments: Engine.allCases)
    func `what rests is tried again at once where somebody says so, and what is not due yet waits`(
        engine: Engine
    ) async throws {
        let outbox = try await Outbox(engine, escalationMinutes: 10)
        try await outbox.commit([AlarmTransition(alarm: .test(), change: .raised, at: .t0)])
        _ = try await outbox.plan()
        let first = try #require(try await outbox.due(outbox.shift, at: .t0).first).record
        let later = Instant.t0 + .seconds(1_000)
        let deliveries = outbox.stores.deliveries
        try await deliveries.failed(first.id, because: "busy", .again(at: later), at: .t0, in: outbox.north)
        #expect(try await outbox.organizationsDue(at: .t0).isEmpty)
        for target in [outbox.shift, outbox.chief] {
            try await deliveries.hurry(for: target, at: .t0, in: outbox.north)
        }
        #expect(try await outbox.organizationsDue(at: .t0) == [outbox.north.id])
        #expect(try await outbox.due(outbox.shift, at: .t0).map(\.record.id) == [first.id])
        #expect(try await outbox.due(outbox.chief, at: .t0).isEmpty)
        #expect(try await outbox.due(outbox.chief, at: .t0 + .seconds(600)).count == 1)
    }
}
