import Alarms
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing

/// Deliveries that come too fast to be told one by one.
@Suite struct DigestStoreTests {
    private func raised(_ alarm: Alarm, _ change: AlarmTransition.Change = .raised) -> AlarmTransition {
        AlarmTransition(alarm: alarm, change: change, at: .t0)
    }

    @Test(arguments: Engine.allCases)
    func `a flood becomes one that names what it stands for, and leaves critical ones alone`(
        engine: Engine
    ) async throws {
        let outbox = try await DeliveryStoreTests.Outbox(engine)
        let alarms = (0..<5).map { Alarm.test(condition: .rule("r\($0)"), type: $0 == 0 ? .critical : .warning) }
        try await outbox.commit(alarms.map { raised($0) })
        _ = try await outbox.plan()
        let id = ID<DeliveryRecord>(UUID())
        let deliveries = outbox.stores.deliveries
        let due = try await deliveries.dueTargets(at: .t0, in: outbox.north)
        #expect(due.map(\.target) == [outbox.shift])
        #expect(due.map { [$0.urgentCount, $0.otherCount] } == [[1, 4]])
        let members = try await deliveries.digestible(for: outbox.shift, at: .t0, limit: 9, in: outbox.north)
        #expect(members.map(\.record.sequence) == [2, 3, 4, 5])
        let digest = DeliveryStore.Digest(id: id, members: members.map(\.record))
        try await deliveries.digest([digest], for: outbox.shift, named: "shift", at: .t0, in: outbox.north)
        #expect(try await outbox.due(outbox.shift, at: .t0).isEmpty)
        let urgent = try await outbox.due(outbox.shift, urgent: true, at: .t0)
        #expect(urgent.map(\.record.kind) == [.first, .digest])
        let (told, count) = try await deliveries.digested(by: id, limit: 2, in: outbox.north)
        #expect(told.map(\.alert.sequence) == [2, 3])
        #expect(told.map(\.key) == members.prefix(2).map(\.record.key))
        #expect(count == 4)
    }

    @Test(arguments: Engine.allCases)
    func `what stands in a digest is told once that was taken, and what follows waits for it`(
        engine: Engine
    ) async throws {
        let outbox = try await DeliveryStoreTests.Outbox(engine)
        let deliveries = outbox.stores.deliveries
        let (pump, seal, fan) = (
            Alarm.test(), Alarm.test(condition: .component("seal")), Alarm.test(condition: .component("fan"))
        )
        func digest(_ id: ID<DeliveryRecord>, at now: Instant) async throws -> [Int64] {
            let members = try await deliveries.digestible(for: outbox.shift, at: now, limit: 9, in: outbox.north)
            let digest = DeliveryStore.Digest(id: id, members: members.map(\.record))
            try await deliveries.digest([digest], for: outbox.shift, named: "shift", at: now, in: outbox.north)
            return members.map(\.record.sequence)
        }
        func urgent(at now: Instant) async throws -> [ID<DeliveryRecord>] {
            try await outbox.due(outbox.shift, urgent: true, at: now).map(\.record.id)
        }
        try await outbox.commit([raised(pump), raised(pump, .reraised), raised(seal)])
        _ = try await outbox.plan()
        let (first, second) = (ID<DeliveryRecord>(UUID()), ID<DeliveryRecord>(UUID()))
        #expect(try await digest(first, at: .t0) == [1, 2, 3])
        let later = Instant.t0 + .seconds(60)
        try await outbox.commit([raised(pump, .reraised), raised(fan)], at: later)
        _ = try await outbox.plan(at: later)
        // The pump's waits for the digest that holds the ones before it.
        #expect(try await outbox.due(outbox.shift, at: later).map(\.record.sequence) == [5])
        #expect(try await digest(second, at: later) == [5])
        #expect(Set(try await urgent(at: later)) == [first, second])
        try await deliveries.delivered(first, at: later, in: outbox.north)
        let due = try await outbox.due(outbox.shift, at: later)
        #expect(due.map(\.record.sequence) == [4])
        #expect(due.map(\.wasTold) == [true])
    }

    @Test(arguments: Engine.allCases)
    func `a digest waits for the one before it that holds another of its alarms`(engine: Engine) async throws {
        let outbox = try await DeliveryStoreTests.Outbox(engine)
        let deliveries = outbox.stores.deliveries
        let (pump, seal) = (Alarm.test(), Alarm.test(condition: .component("seal")))
        try await outbox.commit([raised(pump), raised(seal), raised(pump, .reraised), raised(seal, .reraised)])
        _ = try await outbox.plan()
        let members = try await deliveries.digestible(for: outbox.shift, at: .t0, limit: 9, in: outbox.north)
            .map(\.record)
        #expect(members.map(\.sequence) == [1, 2, 3, 4])
        let parts = [members[..<2], members[2...]].map {
            DeliveryStore.Digest(id: ID(UUID()), members: Array($0))
        }
        try await deliveries.digest(parts, for: outbox.shift, named: "shift", at: .t0, in: outbox.north)
        let due = try await outbox.due(outbox.shift, urgent: true, at: .t0)
        #expect(due.map(\.record.id) == [parts[0].id])
        // One that was given up holds up nobody, and nobody was told by it.
        try await deliveries.failed(parts[0].id, because: "gone", .giveUp, at: .t0, in: outbox.north)
        let next = try await outbox.due(outbox.shift, urgent: true, at: .t0)
        #expect(next.map(\.record.id) == [parts[1].id])
        try await outbox.commit([raised(pump, .reraised)])
        _ = try await outbox.plan()
        #expect(try await outbox.due(outbox.shift, at: .t0).isEmpty)
        try await deliveries.failed(parts[1].id, because: "gone", .giveUp, at: .t0, in: outbox.north)
        #expect(try await outbox.due(outbox.shift, at: .t0).map(\.wasTold) == [false])
    }
}
