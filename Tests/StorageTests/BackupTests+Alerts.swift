import Alarms
import Database
import Plant
import TestSupport
import Testing

@testable import Storage

extension BackupTests {
    @Test(arguments: [true, false])
    func `after a restore alerts have numbers under which nobody was told of others`(isReplacing: Bool) async throws {
        let world = try await BackupWorld()
        let (stores, scope) = (world.stores, world.north.scope)
        func tell(_ count: Int) async throws -> [Int64] {
            let transitions = (0..<count).map { index in
                AlarmTransition(alarm: .test(condition: .rule("late\(index)")), change: .raised, at: .t0)
            }
            let cursor = try await stores.lane.lane(in: scope).cursor
            let commit = LaneCommit(expectedCursor: cursor, cursor: cursor, transitions: transitions, at: .t0)
            return try await stores.lane.commit(commit, in: scope).map(\.sequence)
        }
        let path = try await world.backUp(world.north)
        let kept = try await stores.alerts.lastSequence(in: scope)
        let former = try await tell(50)
        #expect(former == Array(kept + 1...kept + 50))
        if !isReplacing { try await world.lose(world.north) }
        for _ in 0..<2 {
            try await world.restore(path, of: world.north, isReplacing: true)
            #expect(try await stores.alerts.after(kept, limit: 9, in: scope).isEmpty)
            let last = try await stores.alerts.lastSequence(in: scope)
            #expect(last >= kept + RestorePlan.skippedAlerts && last > former[49])
            #expect(try await tell(2) == [last + 1, last + 2])
            #expect(try await stores.alerts.after(kept, limit: 9, in: scope).map(\.sequence) == [last + 1, last + 2])
        }
        #expect(try await stores.alerts.lastSequence(in: world.south.scope) < RestorePlan.skippedAlerts)
    }

    @Test func `an organization that had no alerts yet gives no number twice either`() async throws {
        let folder = try TemporaryDirectory()
        let world = try await World(over: SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let path = folder.path("north.eaglebackup")
        _ = try await BackupMaker(stores: world.stores, root: folder.path, version: "test").make(
            to: path,
            at: .t0,
            in: world.north
        )
        _ = try await BackupRestorer(stores: world.stores, root: folder.path).restore(
            path,
            isReplacing: true,
            in: world.north,
            world.system
        )
        #expect(try await world.stores.alerts.lastSequence(in: world.north) == RestorePlan.skippedAlerts)
        #expect(try await world.stores.lane.lane(in: world.north).cursor == 0)
    }
}
