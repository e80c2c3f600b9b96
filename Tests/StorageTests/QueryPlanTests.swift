import Alarms
import Database
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// How the stores' own statements are carried out, as the engine itself tells.
@Suite(.timeLimit(.minutes(60))) struct QueryPlanTests {
    private func planned() async throws -> (PlannedDatabase, World, Side) {
        let database = PlannedDatabase(try SQLiteDatabase(.memory))
        let world = try await World(over: database)
        let side = try await Side(world, world.north, mark: "north", digit: "1")
        _ = database.takePlans()
        return (database, world, side)
    }

    /// The indexes that a list may go by: what is open is little, and so is what is silenced.
    private func indexes(of filter: AlarmFilter) -> [String] {
        let isOpen = filter.isOpen ?? filter.state?.isOpen ?? false
        let isSilent = filter.suppression.map { $0 != .none } ?? false
        let isNamed = filter.asset != nil || filter.condition != nil || filter.type != nil
        if !isOpen, !isSilent {
            if filter.isForetold == true { return [foretoldIndex(of: filter)] }
            if filter.isForetold == false, filter.isJudged == false, !isNamed { return ["alarm_ruled_unjudged"] }
        }
        var fitting = [index(of: filter)]
        if filter.isJudged == true, !isOpen, !isSilent { fitting.append("alarm_judged") }
        if isSilent { fitting.append("alarm_silenced") }
        if filter.asset != nil, filter.condition != nil {
            // Of one condition of an asset one alarm is open.
            fitting.append("alarm_open_once")
            if isOpen { fitting.append("alarm_open_condition") }
        }
        return fitting
    }

    private func foretoldIndex(of filter: AlarmFilter) -> String {
        switch (filter.asset != nil, filter.condition != nil, filter.type != nil, filter.isJudged) {
        case (true, _, _, _): "alarm_foretold_asset"
        case (false, true, _, _): "alarm_foretold_condition"
        case (false, false, true, nil), (false, false, true, false): "alarm_foretold_type"
        case (false, false, _, true), (false, false, false, false): "alarm_foretold_judged"
        case (false, false, false, nil): "alarm_foretold"
        }
    }

    private func index(of filter: AlarmFilter) -> String {
        let isOpen = filter.isOpen ?? filter.state?.isOpen ?? false
        switch (filter.asset != nil, filter.condition != nil, filter.type != nil) {
        case (true, _, true) where isOpen: return "alarm_open_asset_type"
        case (true, _, false) where isOpen: return "alarm_open_asset"
        case (_, true, _) where isOpen: return "alarm_open_condition"
        case (_, _, true) where isOpen: return "alarm_open_type"
        case (true, true, true): return "alarm_asset_condition_type"
        case (true, false, true): return "alarm_asset_type"
        case (true, true, false): return "alarm_asset_condition"
        case (true, false, false): return "alarm_asset"
        case (false, true, true): return "alarm_condition_type"
        case (false, _, _) where isOpen: return "alarm_open"
        case (false, true, false): return "alarm_condition"
        case (false, false, true): return "alarm_type"
        case (false, false, false): return "alarm_newest"
        }
    }

    private static let states: [(isOpen: Bool?, state: ProcessState?)] = [
        (nil, nil), (true, nil), (false, nil), (nil, .acknowledged), (nil, .normal),
    ]

    /// Each asset, condition, and whether it was foretold, with each other.
    private static let bases: [(asset: String?, condition: AlarmCondition?, isForetold: Bool?)] =
        [nil, "pump"].flatMap { asset in
            [nil, AlarmCondition.component("bearing")].flatMap { condition in
                [nil, true, false].map { (asset, condition, $0) }
            }
        }

    @Test(arguments: bases)
    func `each combination of filters goes by an index that fits it, without sorting`(
        asset: String?,
        condition: AlarmCondition?,
        isForetold: Bool?
    ) async throws {
        let (database, world, _) = try await planned()
        let key = "\((Instant.t0 + .seconds(9)).microseconds).x"
        var count = 0
        for (isOpen, state) in Self.states {
            for type in [nil, AlarmType.critical] {
                for suppression in [nil, Suppression.Kind.none, .shelved] {
                    for isJudged in [nil, true, false] {
                        for (from, to) in [(nil, nil), (.t0, .t0 + .seconds(99))] as [(Instant?, Instant?)] {
                            let filter = AlarmFilter(
                                isOpen: isOpen,
                                asset: asset,
                                type: type,
                                state: state,
                                condition: condition,
                                suppression: suppression,
                                raisedFrom: from,
                                raisedBefore: to,
                                isJudged: isJudged,
                                isForetold: isForetold
                            )
                            for after in [nil, key] {
                                _ = try await world.stores.alarms.page(filter, after: after, limit: 9, in: world.north)
                                let plan = try #require(database.takePlans().first)
                                #expect(plan.wide.isEmpty, "\(plan)")
                                let index = plan.index(of: "l").map { $0.replacing("INDEX ", with: "") }
                                #expect(indexes(of: filter).contains(index ?? "none"), "\(filter): \(plan)")
                                count += 1
                            }
                        }
                    }
                }
            }
        }
        #expect(count == 5 * 2 * 3 * 3 * 2 * 2)
    }

    @Test func `a page deep in a list begins where it begins, also within a time range`() async throws {
        let (database, world, _) = try await planned()
        let filter = AlarmFilter(raisedFrom: .t0, raisedBefore: .t0 + .seconds(99))
        for (after, bound) in [
            (nil, "raised_at>? AND raised_at<?"),
            ("\((Instant.t0 + .seconds(9)).microseconds).x", "(raised_at,id)<(?,?)"),
            ("\((Instant.t0 + .seconds(100)).microseconds).x", "raised_at>? AND raised_at<?"),
        ] {
            _ = try await world.stores.alarms.page(filter, after: after, limit: 9, in: world.north)
            let plan = try #require(database.takePlans().first)
            #expect(plan.steps.contains { $0.contains(bound) }, "\(plan)")
        }
    }

    @Test func `a page deep in an asset's predictions begins where it begins`() async throws {
        let (database, world, _) = try await planned()
        for (after, bound) in [
            (nil, "instant>? AND instant<?"),
            ("\((Instant.t0 + .seconds(9)).microseconds).x", "(instant,model_version)<(?,?)"),
        ] {
            _ = try await world.stores.predictions.page(
                asset: "pump",
                from: .t0,
                to: .t0 + .seconds(99),
                after: after,
                limit: 9,
                in: world.north
            )
            let plan = try #require(database.takePlans().first)
            #expect(plan.steps.contains { $0.hasPrefix("SEARCH p USING PRIMARY KEY") && $0.contains(bound) }, "\(plan)")
        }
    }

    @Test func `a page's causes come together, however many alarms it has`() async throws {
        let (database, world, _) = try await planned()
        let alarms = (0..<300).map { Alarm.test(condition: .rule("q\($0)"), raisedAt: .t0 + .seconds($0)) }
        let transitions = alarms.map { AlarmTransition(alarm: $0, change: .raised, at: $0.raisedAt) }
        let cursor = try await world.stores.lane.lane(in: world.north).cursor
        _ = try await world.stores.lane.commit(
            LaneCommit(expectedCursor: cursor, cursor: cursor, transitions: transitions, at: .t0),
            in: world.north
        )
        for (limit, statementCount) in [(1, 2), (17, 2), (255, 2), (256, 3), (1_000, 3)] {
            _ = database.takePlans()
            let page = try await world.stores.alarms.page(
                AlarmFilter(isOpen: true, type: .warning),
                limit: limit,
                in: world.north
            )
            #expect(page.elements.allSatisfy { !$0.causes.isEmpty })
            let plans = database.takePlans()
            #expect(plans.count == statementCount)
            for plan in plans.dropFirst() {
                #expect(plan.wide.isEmpty, "\(plan)")
                #expect(plan.steps == ["SEARCH alarm_cause USING PRIMARY KEY (organization_id=? AND alarm_id=?)"])
            }
        }
    }

    @Test func `what is known of an open alarm is found by the alarm, however much was told of others`() async throws {
        let (database, world, _) = try await planned()
        _ = try await world.stores.alerts.open(at: .distantFuture, in: world.north)
        let plan = try #require(database.takePlans().first)
        let searches = plan.steps.filter { $0.hasPrefix("SEARCH b ") || $0.hasPrefix("SEARCH d ") }
        #expect(searches.count == 7 && searches.allSatisfy { $0.contains("alert_alarm") }, "\(plan)")
    }

    /// Lists that are asked for as a whole and are short, of assets, models, rules, failures, open alarms or one row's
    /// predictions, two that read a stretch of one asset's readings, and what a replay reads of one asset's predictions.
    private static let mayWalk = Set([
        "latest predictions", "latest of model", "revisions", "models", "all metrics", "claim training",
        "sampled readings", "marked failures", "prediction history", "alarms open at an instant",
        "overlapping failures", "rule alarms",
    ])

    @Test func `no store's statement walks through a table, or sorts what an index could have in order`() async throws {
        let (database, world, side) = try await planned()
        for step in StoreStep.reads + StoreStep.qualityReads + StoreStep.writes where !Self.mayWalk.contains(step.name)
        {
            _ = database.takePlans()
            _ = try? await step.run(world.stores, world.north, side)
            for plan in database.takePlans() {
                // Those that an index has as equals may be put in order: that sorts a few at a time.
                let wide = plan.wide.filter { !$0.contains("RIGHT PART") && !$0.contains("LAST") }
                #expect(wide.isEmpty, "\(step.name): \(plan)")
            }
        }
    }

    @Test func `an alarm's deliveries are found by the alarm, however many others there are`() async throws {
        let (database, world, _) = try await planned()
        let deliveries = world.stores.deliveries
        let step = DeliveryRoute.Step(afterMinutes: 15, targets: [.all])
        let policy = try DeliveryPolicy(routes: [DeliveryRoute(id: "all", targets: [.all], escalation: [step])])
        let version = try await world.stores.deliveryPolicies.put(policy, by: "a", at: .t0, in: world.north).version
        let alarm = Alarm.test(condition: .rule("plan"))
        let cursor = try await world.stores.lane.lane(in: world.north).cursor
        for change in [AlarmTransition.Change.raised, .reraised] {
            let transition = AlarmTransition(alarm: alarm, change: change, at: .t0, source: .rule("plan"))
            let commit = LaneCommit(expectedCursor: cursor, cursor: cursor, transitions: [transition], at: .t0)
            _ = try await world.stores.lane.commit(commit, in: world.north)
            _ = database.takePlans()
            while case .planned(_, isMore: true) = try await deliveries.plan(
                with: DeliveryPlan(policy) { _ in .utc },
                version: version,
                at: .t0,
                in: world.north
            ) {}
        }
        let ofAlarm = database.takePlans().filter { $0.statement.contains("JOIN alert a") }
        #expect(ofAlarm.count >= 2)
        for plan in ofAlarm { #expect(plan.index(of: "d") == "INDEX delivery_alarm", "\(plan)") }
        let all = try await deliveries.page(limit: 99, in: world.north).elements
        let dead = try #require(all.first { $0.alarm == alarm.id })
        try await deliveries.failed(dead.id, because: "gone", .giveUp, at: .t0, in: world.north)
        _ = database.takePlans()
        #expect(try await deliveries.retry(dead.id, at: .t0, in: world.north) == true)
        let revived = database.takePlans().filter { $0.statement.contains("reason") }
        #expect(revived.map { $0.index(of: "delivery") } == ["INDEX delivery_alarm"], "\(revived)")
    }

    @Test(arguments: [true, false])
    func `what may wait behind a digest is looked up by its alarm, and only what is taken is judged`(
        isUrgent: Bool
    ) async throws {
        let (database, world, side) = try await planned()
        _ = try await world.stores.deliveries.due(
            for: side.target.id,
            isUrgent: isUrgent,
            at: .distantFuture,
            limit: 9,
            in: world.north
        )
        _ = try await world.stores.deliveries.digestible(
            for: side.target.id,
            at: .distantFuture,
            limit: 9,
            in: world.north
        )
        let plans = database.takePlans()
        #expect(plans.count == 2)
        for plan in plans {
            #expect(!plan.steps.contains { $0.hasPrefix("SCAN") }, "\(plan)")
            for table in ["e", "n", "w"] {
                let searches = plan.steps.filter { $0.hasPrefix("SEARCH \(table) ") }
                let search = "SEARCH \(table) USING INDEX delivery_alarm"
                #expect(!searches.isEmpty && searches.allSatisfy { $0.hasPrefix(search) }, "\(plan)")
            }
            // Those that wait are read once for their ids; what is judged is read by these.
            let waiting = plan.steps.filter { $0.hasPrefix("SEARCH d ") }
            #expect(waiting.count == 2 && waiting.contains { $0.contains("delivery_due_target") }, "\(plan)")
            #expect(waiting.contains { $0.contains("(organization_id=? AND id=?)") }, "\(plan)")
        }
    }
}
