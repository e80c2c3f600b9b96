import Alarms
import Database
import Features
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct AlarmStoreTests {
    private func commit(_ transitions: [AlarmTransition], _ world: World, in scope: OrganizationScope) async throws
        -> [Alert]
    {
        try await world.stores.lane.commit(
            LaneCommit(expectedCursor: 0, cursor: 0, transitions: transitions, at: .t0),
            in: scope
        )
    }

    private func raise(_ alarms: [Alarm], _ world: World) async throws {
        let transitions = alarms.map { AlarmTransition(alarm: $0, change: .raised, at: $0.raisedAt) }
        _ = try await commit(transitions, world, in: world.north)
    }

    @Test(arguments: Engine.allCases)
    func `an alarm comes back as it was, causes and metadata included`(engine: Engine) async throws {
        let world = try await World(engine)
        let prediction = Prediction(
            asset: "pump",
            instant: .t0,
            probability: 0.83,
            confidence: nil,
            component: "bearing",
            modelVersion: try .test("c")
        )
        let features = FeatureMetadata(goodSamples: 12, oldestSampleAgeSeconds: 3_600, missingTags: ["x"])
        let alarm = Alarm.test(
            type: .critical,
            causes: [
                AlarmCause(
                    source: .rule("hz1"),
                    type: .critical,
                    priority: 2,
                    since: .t0,
                    message: "hz1pv 871.2 is 11.2 above 860",
                    measured: 871.2,
                    limit: 860
                ),
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: .t0 + .seconds(1),
                    clearedAt: .t0 + .seconds(2),
                    message: "likely to fail",
                    metadata: AlertMetadata(prediction, features: features)
                ),
            ]
        )
        try await raise([alarm], world)
        #expect(try await world.stores.alarms.byID(alarm.id, in: world.north) == alarm)
        #expect(try await world.stores.alarms.byID(alarm.id, in: world.south) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `a transition leaves the alarm as it is afterwards, and its history`(engine: Engine) async throws {
        let world = try await World(engine)
        let id = ID<Alarm>(UUID())
        let raised = Alarm.test(id: id)
        let closed = Alarm(
            id: id,
            asset: raised.asset,
            condition: raised.condition,
            type: raised.type,
            state: .normal,
            raisedAt: raised.raisedAt,
            acknowledgedAt: .t0 + .seconds(5),
            acknowledgedBy: "ann",
            note: "greased",
            clearedAt: .t0 + .seconds(9),
            causes: raised.causes
        )
        let alerts = try await commit(
            [
                AlarmTransition(alarm: raised, change: .raised, at: .t0, source: .rule("r1")),
                AlarmTransition(alarm: closed, change: .closed, at: .t0 + .seconds(9), by: "ann"),
            ],
            world,
            in: world.north
        )
        #expect(alerts.map(\.sequence) == [1, 2])
        #expect(try await world.stores.alarms.byID(id, in: world.north) == closed)
        #expect(try await world.stores.alarms.open(in: world.north).isEmpty)
        #expect(try await world.stores.alarms.transitions(of: id, in: world.north).elements == alerts)
        #expect(try await world.stores.alerts.after(1, limit: 5, in: world.north) == Array(alerts.dropFirst()))
        #expect(try await world.stores.alarms.transitions(of: id, in: world.south).elements.isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `since when an open alarm asks, and when it was heard again, is known of any instant`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let model = Alarm.test()
        let shelf = Suppression(kind: .shelved, by: "ann")
        let story: [(second: Int, change: AlarmTransition.Change, state: ProcessState, suppression: Suppression)] = [
            (0, .raised, .unacknowledged, .none), (100, .returned, .returnedUnacknowledged, .none),
            (200, .reraised, .unacknowledged, .none), (300, .acknowledged, .acknowledged, .none),
            (400, .suppressed, .acknowledged, shelf), (500, .unsuppressed, .acknowledged, .none),
            (600, .escalated, .unacknowledged, .none), (700, .suppressed, .unacknowledged, shelf),
            (800, .escalated, .unacknowledged, shelf), (900, .unsuppressed, .unacknowledged, .none),
            (1_000, .returned, .returnedUnacknowledged, .none), (1_100, .closed, .normal, .none),
        ]
        for step in story {
            let alarm = Alarm(
                id: model.id,
                asset: model.asset,
                condition: model.condition,
                type: model.type,
                state: step.state,
                suppression: step.suppression,
                raisedAt: model.raisedAt,
                causes: model.causes
            )
            let instant = Instant.t0 + .seconds(step.second)
            let transition = AlarmTransition(alarm: alarm, change: step.change, at: instant)
            _ = try await world.stores.lane.commit(
                LaneCommit(expectedCursor: 0, cursor: 0, transitions: [transition], at: instant),
                in: world.north
            )
        }
        for (second, asked, heardAgain) in [(150, 0, nil), (250, 0, nil), (650, 600, 500), (1_050, 900, 900)] {
            let open = try await world.stores.alerts.open(at: .t0 + .seconds(second), in: world.north)
            #expect(open.map(\.askedAt) == [.t0 + .seconds(asked)], "\(second)")
            #expect(open.map(\.heardAgainAt) == [heardAgain.map { .t0 + .seconds($0) }], "\(second)")
            #expect(try await world.stores.alerts.open(at: .t0 + .seconds(second), in: world.south).isEmpty)
        }
        #expect(try await world.stores.alerts.open(at: .t0 + .seconds(1_150), in: world.north).isEmpty)
        #expect(try await world.stores.alerts.open(at: .t0, in: world.north).isEmpty)
        #expect(try await world.stores.alerts.firstTold(in: world.north) == .t0)
        #expect(try await world.stores.alerts.firstTold(in: world.south) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `history stands from when it was told, whatever becomes of it later`(engine: Engine) async throws {
        let world = try await World(engine)
        let model = Alarm.test()
        let story: [(second: Int, ageDays: Int, change: AlarmTransition.Change, state: ProcessState)] = [
            (0, 10, .raised, .unacknowledged), (10, 0, .acknowledged, .acknowledged),
            (20, 0, .escalated, .unacknowledged), (30, 0, .returned, .returnedUnacknowledged),
            (40, 0, .reraised, .unacknowledged),
        ]
        for step in story {
            let alarm = Alarm(
                id: model.id,
                asset: model.asset,
                condition: model.condition,
                type: model.type,
                state: step.state,
                raisedAt: model.raisedAt,
                causes: model.causes
            )
            let instant = Instant.t0 + .seconds(step.second)
            let transition = AlarmTransition(
                alarm: alarm,
                change: step.change,
                at: instant - .seconds(step.ageDays * 86_400)
            )
            _ = try await world.stores.lane.commit(
                LaneCommit(expectedCursor: 0, cursor: 0, transitions: [transition], at: instant),
                in: world.north
            )
        }
        for (second, heardAgain) in [(5, Instant.t0), (15, .t0), (25, .t0), (45, nil)] {
            let open = try await world.stores.alerts.open(at: .t0 + .seconds(second), in: world.north)
            #expect(open.map(\.heardAgainAt) == [heardAgain], "\(second)")
        }
    }

    @Test(arguments: Engine.allCases)
    func `a long history comes in pages, the last of it first, each in its order`(engine: Engine) async throws {
        let world = try await World(engine)
        let alarm = Alarm.test()
        let transitions = (0..<7).map {
            AlarmTransition(alarm: alarm, change: $0 == 0 ? .raised : .reraised, at: .t0 + .seconds($0))
        }
        _ = try await commit(transitions, world, in: world.north)
        var pages: [[Int64]] = []
        var after: String?
        repeat {
            let page = try await world.stores.alarms.transitions(of: alarm.id, after: after, limit: 3, in: world.north)
            pages.append(page.elements.map(\.sequence))
            after = page.next
        } while after != nil
        #expect(pages == [[5, 6, 7], [2, 3, 4], [1]])
        let code = await storageError {
            try await world.stores.alarms.transitions(of: alarm.id, after: "x", in: world.north)
        }
        #expect(code == .invalidKey)
    }

    @Test(arguments: Engine.allCases)
    func `at most one alarm is open for a condition of an asset`(engine: Engine) async throws {
        let world = try await World(engine)
        try await raise([.test()], world)
        #expect(await storageError { try await raise([.test()], world) } == .duplicate)
        // Another condition, another asset, another organization, a closed one: none of them is in the way.
        try await raise(
            [
                .test(condition: .rule("r2")), .test("other"), .test(condition: .prediction),
                .test(state: .normal),
            ],
            world
        )
        _ = try await commit([AlarmTransition(alarm: .test(), change: .raised, at: .t0)], world, in: world.south)
        #expect(try await world.stores.alarms.open(in: world.north).count == 4)
        #expect(try await world.stores.alarms.open(in: world.south).count == 1)
        #expect(try await world.stores.alerts.lastSequence(in: world.north) == 5)
    }

    @Test(arguments: Engine.allCases)
    func `the table itself holds one open alarm per condition, whoever writes it`(engine: Engine) async throws {
        let world = try await World(engine)
        try await raise([.test()], world)
        let error = await databaseError {
            try await world.stores.database.transaction { transaction in
                try transaction.execute(
                    """
                    INSERT INTO alarm (
                        organization_id, id, asset_id, condition, type, state, suppression, is_open, raised_at
                    )
                    SELECT organization_id, 'another', asset_id, condition, type, state, suppression, 1, raised_at
                    FROM alarm
                    WHERE organization_id = \(world.north.id.description)
                    """
                )
            }
        }
        #expect(error == .constraint)
    }
}
