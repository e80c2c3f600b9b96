import Alarms
import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

/// Many lanes at once on one file, as none should be and as after a failover some may: what the store then holds to.
@Suite(.timeLimit(.minutes(60))) struct ConcurrentLaneTests {
    private static let writerCount = 64
    private static let conditions: [AlarmCondition] = [.component("bearing"), .component("seal")]

    private func source(_ writer: Int, _ round: Int) -> AlarmCause.Source { .rule("r\(writer)-\(round)") }

    /// The alarm with one cause more, or a new one with that cause.
    private func joined(_ open: Alarm?, _ condition: AlarmCondition, by source: AlarmCause.Source) -> AlarmTransition {
        let cause = AlarmCause(source: source, type: .warning, since: .t0, message: "x is 1 above 2")
        let alarm = Alarm.test(
            condition: condition,
            id: open?.id ?? ID(UUID()),
            causes: (open?.causes ?? []) + [cause]
        )
        return AlarmTransition(alarm: alarm, change: open == nil ? .raised : .causeAdded, at: .t0, source: source)
    }

    private func closed(_ alarm: Alarm) -> AlarmTransition {
        let gone = Alarm.test(condition: alarm.condition, state: .normal, id: alarm.id, causes: alarm.causes)
        return AlarmTransition(alarm: gone, change: .closed, at: .t0, by: "ann")
    }

    /// Does as a lane does that starts over whenever the store refuses it: reads where things stand, and commits.
    ///
    /// - Returns: How often it was refused.
    private func insist(
        _ stores: Stores,
        in scope: OrganizationScope,
        movesCursor: Bool,
        _ decide: ([Alarm]) -> AlarmTransition
    ) async throws -> Int {
        var refusedCount = 0
        while true {
            let record = try await stores.lane.lane(in: scope)
            let open = try await stores.alarms.open(in: scope)
            let commit = LaneCommit(
                expectedCursor: record.cursor,
                expectedAlertSequence: record.alertSequence,
                cursor: record.cursor + (movesCursor ? 1 : 0),
                transitions: [decide(open)],
                at: .t0
            )
            do {
                _ = try await stores.lane.commit(commit, in: scope)
                return refusedCount
            } catch let error as StorageError where error.code == .cursorMoved || error.code == .duplicate {
                refusedCount += 1
            }
        }
    }

    @Test func `of 64 lanes on one organization none loses a cause, and one alarm is open per condition`() async throws
    {
        let folder = try TemporaryDirectory()
        let world = try await World(over: try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let (stores, scope) = (world.stores, world.north)
        let refusedCount = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    guard let open = try? await stores.alarms.open(in: scope) else { break }
                    #expect(Set(open.map(\.condition)).count == open.count)
                }
                return 0
            }
            for writer in 0..<Self.writerCount {
                group.addTask {
                    var refusedCount = 0
                    for (round, condition) in Self.conditions.enumerated() {
                        let source = source(writer, round)
                        refusedCount += try await insist(stores, in: scope, movesCursor: writer.isMultiple(of: 2)) {
                            open in joined(open.first { $0.condition == condition }, condition, by: source)
                        }
                        guard writer.isMultiple(of: 16) else { continue }
                        // Now and then somebody closes it, and the next that comes raises another.
                        refusedCount += try await insist(stores, in: scope, movesCursor: false) { open in
                            open.first.map { closed($0) } ?? joined(nil, condition, by: source)
                        }
                    }
                    return refusedCount
                }
            }
            var refusedCount = 0
            for _ in 0..<Self.writerCount { refusedCount += try await group.next() ?? 0 }
            group.cancelAll()
            try await group.waitForAll()
            return refusedCount
        }
        #expect(refusedCount > Self.writerCount)
        let alerts = try await stores.alerts.after(0, limit: 1_000, in: scope)
        #expect(alerts.map(\.sequence) == Array(1...Int64(alerts.count)))
        let alarms = try await stores.alarms.page(limit: 1_000, in: scope).elements
        let told = Set(alarms.flatMap(\.causes).map(\.source))
        for writer in 0..<Self.writerCount {
            for round in Self.conditions.indices { #expect(told.contains(source(writer, round))) }
        }
        // What each alert said is what its alarm came to, change by change.
        for alarm in alarms {
            let history = alerts.filter { $0.transition.alarm.id == alarm.id }
            #expect(history.map(\.transition.change).filter { $0 == .raised }.count == 1)
            #expect(history.last?.transition.alarm == alarm)
        }
    }

    @Test(arguments: [false, true])
    func `of 64 lanes that raise one condition at once one does, and the others are told why not`(
        knowsAlerts: Bool
    ) async throws {
        let folder = try TemporaryDirectory()
        let world = try await World(over: try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let codes = await withTaskGroup(of: StorageError.Code?.self) { group in
            for writer in 0..<Self.writerCount {
                group.addTask {
                    await storageError {
                        // A tick's: no reading came, and the cursor stays.
                        let commit = LaneCommit(
                            expectedCursor: 0,
                            expectedAlertSequence: knowsAlerts ? 0 : nil,
                            cursor: 0,
                            transitions: [joined(nil, .component("bearing"), by: source(writer, 0))],
                            at: .t0
                        )
                        return try await world.stores.lane.commit(commit, in: world.north)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1)
        #expect(codes.count { $0 == (knowsAlerts ? .cursorMoved : .duplicate) } == Self.writerCount - 1)
        #expect(try await world.stores.alarms.page(limit: 99, in: world.north).elements.count == 1)
        #expect(try await world.stores.alerts.lastSequence(in: world.north) == 1)
    }

    @Test func `a lane that was left behind can't close what another has added to`() async throws {
        let world = try await World(.sqlite)
        let (stores, scope) = (world.stores, world.north)
        _ = try await insist(stores, in: scope, movesCursor: false) { _ in
            joined(nil, .component("bearing"), by: source(1, 0))
        }
        let record = try await stores.lane.lane(in: scope)
        let known = try #require(try await stores.alarms.open(in: scope).first)
        // The lane that took over adds a cause; no reading came, so that the cursor stays where it was.
        _ = try await insist(stores, in: scope, movesCursor: false) { open in
            joined(open.first, .component("bearing"), by: source(2, 0))
        }
        let late = LaneCommit(
            expectedCursor: record.cursor,
            expectedAlertSequence: record.alertSequence,
            cursor: record.cursor,
            transitions: [closed(known)],
            at: .t0
        )
        #expect(await storageError { try await stores.lane.commit(late, in: scope) } == .cursorMoved)
        #expect(try await stores.alarms.open(in: scope).first?.causes.count == 2)
    }

    @Test func `64 organizations raise the same condition at once, each its own`() async throws {
        let folder = try TemporaryDirectory()
        let world = try await World(over: try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let stores = world.stores
        var scopes: [OrganizationScope] = []
        for number in 0..<Self.writerCount {
            let slug = "plant-\(number)"
            let organization = try await stores.organizations.create(
                slug: slug,
                name: slug,
                at: .t0,
                in: world.system
            )
            scopes.append(OrganizationScope(provenFor: organization.id))
        }
        let refused = try await withThrowingTaskGroup(of: Int.self) { group in
            for (writer, scope) in scopes.enumerated() {
                group.addTask {
                    try await insist(stores, in: scope, movesCursor: true) { open in
                        joined(open.first, .component("bearing"), by: source(writer, 0))
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(refused == 0)
        for (writer, scope) in scopes.enumerated() {
            let open = try await stores.alarms.open(in: scope)
            #expect(open.map { $0.causes.map(\.source) } == [[source(writer, 0)]])
            #expect(try await stores.alerts.lastSequence(in: scope) == 1)
        }
    }
}
