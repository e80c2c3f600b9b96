import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct ReadingStoreTests {
    @Test(arguments: Engine.allCases)
    func `rows are numbered from 1 without a gap, per organization`(engine: Engine) async throws {
        let world = try await World(engine)
        let first = try await world.append(world.readings(1...3), in: world.north)
        #expect(first.accepted == 3)
        #expect(first.firstSequence == 1)
        #expect(first.lastSequence == 3)
        let other = try await world.append(world.readings(1...2), in: world.south)
        #expect(other.firstSequence == 1)
        let second = try await world.append(world.readings(2...5), in: world.north)
        #expect(second.accepted == 2)
        #expect(second.repeated == 2)
        #expect(second.firstSequence == 4)
        #expect(second.lastSequence == 5)
        let stored = try await world.stores.readings.readings(after: 0, countMax: 100, in: world.north)
        #expect(stored.map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(stored.map(\.reading) == world.readings(1...5))
        #expect(try await world.stores.readings.lastSequence(in: world.north) == 5)
    }

    @Test(arguments: Engine.allCases)
    func `rows came at their own time, but not before the schema that they came under`(engine: Engine) async throws {
        let world = try await World(engine)
        let (readings, schemas) = (world.stores.readings, world.stores.schemas)
        #expect(try await readings.firstCame(in: world.north) == nil)
        try await world.append(world.readings(5...6), in: world.north)
        try await world.append(world.readings(1...2), in: world.north)
        #expect(try await readings.firstCame(in: world.north) == .t0 + .seconds(5))
        _ = try await schemas.put("{}", at: .t0 + .seconds(4), in: world.north)
        #expect(try await readings.firstCame(in: world.north) == .t0 + .seconds(5))
        _ = try await schemas.put("{}", at: .t0 + .seconds(900), in: world.south)
        try await world.append(world.readings(1...2), in: world.south)
        #expect(try await readings.firstCame(in: world.south) == .t0 + .seconds(900))
    }

    @Test(arguments: Engine.allCases)
    func `the same row again changes nothing, also within one batch`(engine: Engine) async throws {
        let world = try await World(engine)
        let batch = world.readings(1...3) + world.readings(2...4)
        let receipt = try await world.append(batch, in: world.north)
        #expect(receipt.accepted == 4)
        #expect(receipt.repeated == 2)
        let again = try await world.append(batch, in: world.north)
        #expect(again.accepted == 0)
        #expect(again.repeated == 6)
        #expect(again.firstSequence == nil)
        #expect(again.lastSequence == 4)
        #expect(try await world.stores.readings.conflicts(limit: 10, in: world.north).isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `other values for a known row are a conflict, and the first stay`(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.append(world.readings(1...2), in: world.north)
        for _ in 1...2 {
            let receipt = try await world.append(world.readings(1...3, offset: 0.5), in: world.north)
            #expect(receipt.conflicting == 2)
        }
        let stored = try await world.stores.readings.readings(after: 0, countMax: 10, in: world.north)
        #expect(stored.map(\.reading) == world.readings(1...2) + world.readings(3...3, offset: 0.5))
        let conflicts = try await world.stores.readings.conflicts(limit: 10, in: world.north)
        #expect(conflicts.map(\.seenCount) == [2, 2])
        #expect(conflicts.map(\.last) == world.readings(1...2, offset: 0.5))
        let counts = try await world.stores.readings.counts(in: world.north)
        #expect(counts.accepted == 3)
        #expect(counts.conflicting == 4)
        #expect(counts.repeated == 1)
    }

    @Test(arguments: Engine.allCases)
    func `quality and the failing mark are kept, and tell rows apart`(engine: Engine) async throws {
        let world = try await World(engine)
        let rows = [
            Reading(asset: "a", instant: .t0, values: [1, -0.0, .infinity], notGood: [0, 2], failing: "heater"),
            Reading(asset: "a", instant: .t0 + .seconds(1), values: [], failing: ""),
            Reading(asset: "a", instant: .t0 + .seconds(2), values: [.nan]),
        ]
        try await world.append(rows, in: world.north)
        #expect(
            try await world.stores.readings.readings(after: 0, countMax: 9, in: world.north).map(\.reading) == rows
        )
        let others = [
            Reading(asset: "a", instant: .t0, values: [1, -0.0, .infinity], notGood: [2], failing: "heater"),
            Reading(asset: "a", instant: .t0 + .seconds(1), values: []),
            Reading(asset: "a", instant: .t0 + .seconds(2), values: [0]),
        ]
        #expect(try await world.append(others, in: world.north).conflicting == 3)
    }

    @Test(arguments: Engine.allCases)
    func `a row that comes again under a new schema is compared by the tags they share`(engine: Engine) async throws {
        let world = try await World(engine)
        let schemas = world.stores.schemas
        for tags in [#"["a","b"]"#, #"["c","b","a"]"#] {
            _ = try await schemas.put(#"{"continuousColumns":\#(tags)}"#, at: .t0, in: world.north)
        }
        func append(_ values: [Double], version: Int) async throws -> IngestReceipt {
            let reading = Reading(asset: "pump", instant: .t0, values: values)
            return try await world.stores.readings.append([reading], schemaVersion: version, at: .t0, in: world.north)
        }
        #expect(try await append([1, 2], version: 1).accepted == 1)
        #expect(try await append([9, 2, 1], version: 2).repeated == 1)
        #expect(try await append([9, 3, 1], version: 2).conflicting == 1)
        // Nothing is known of a third version.
        #expect(try await append([9, 2, 1], version: 3).conflicting == 1)
    }

    @Test(arguments: Engine.allCases)
    func `rows without a place in time are kept once each and counted`(engine: Engine) async throws {
        let world = try await World(engine)
        let rows = [
            QuarantinedRow(row: "x,y", reason: "no time"), QuarantinedRow(row: "nul\0", reason: "no time"),
            QuarantinedRow(row: String(repeating: "z", count: 10_000), reason: "no time"),
        ]
        for second in 1...2 {
            let receipt = try await world.stores.readings.append(
                [],
                schemaVersion: 1,
                quarantined: rows,
                at: .t0 + .seconds(second),
                in: world.north
            )
            #expect(receipt.quarantined == 3)
        }
        let stored = try await world.stores.readings.quarantine(limit: 10, in: world.north)
        #expect(stored.map(\.seenCount) == [2, 2, 2])
        #expect(Set(stored.map(\.row.row)) == ["x,y", "nul\u{2400}", String(repeating: "z", count: 4_096)])
        #expect(stored.first?.firstSeenAt == .t0 + .seconds(1))
        #expect(stored.first?.lastSeenAt == .t0 + .seconds(2))
        #expect(try await world.stores.readings.counts(in: world.north).quarantined == 6)
    }

    @Test(arguments: Engine.allCases)
    func `a reading that no table holds is set apart and bars none beside it`(engine: Engine) async throws {
        let world = try await World(engine)
        let bad = [
            Reading(asset: "a\0b", instant: .t0, values: [1]),
            Reading(asset: "a", instant: .t0, values: [1], notGood: [1]),
            Reading(asset: "a", instant: .t0, values: [Double](repeating: 0, count: 70_000)),
        ]
        let receipt = try await world.append(bad + world.readings(1...2), in: world.north)
        #expect(receipt.accepted == 2)
        #expect(receipt.quarantined == 3)
    }

    @Test(arguments: Engine.allCases)
    func `a source's cursor is committed with its readings or not at all`(engine: Engine) async throws {
        let world = try await World(engine)
        let source = SourceConfiguration(id: ID(UUID()), name: "scada", configuration: "{}")
        try await world.stores.sources.put(source, at: .t0, in: world.north)
        func append(_ seconds: ClosedRange<Int>, _ position: String) async throws -> IngestReceipt {
            try await world.stores.readings.append(
                world.readings(seconds),
                schemaVersion: 1,
                source: SourcePosition(source: source.id, cursor: Cursor(position: position)),
                at: .t0,
                in: world.north
            )
        }
        #expect(try await world.stores.sources.cursor(of: source.id, in: world.north) == .start)
        _ = try await append(1...2, "two")
        world.faults.fail(at: [.commit(1)], with: .full)
        #expect(await databaseError { try await append(3...4, "four") } == .full)
        #expect(try await world.stores.sources.cursor(of: source.id, in: world.north).position == "two")
        #expect(try await world.stores.readings.lastSequence(in: world.north) == 2)
        let receipt = try await append(3...4, "four")
        #expect(receipt.firstSequence == 3)
        #expect(try await world.stores.sources.cursor(of: source.id, in: world.north).position == "four")
        // Another organization's source is none of its own.
        let foreign = await databaseError {
            try await world.stores.readings.append(
                world.readings(1...2),
                schemaVersion: 1,
                source: SourcePosition(source: source.id, cursor: .start),
                at: .t0,
                in: world.south
            )
        }
        #expect(foreign == .constraint)
        #expect(try await world.stores.readings.lastSequence(in: world.south) == 0)
    }

    @Test(arguments: Engine.allCases)
    func `wherever a write fails nothing of the batch is kept`(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.append(world.readings(1...1), in: world.north)
        for write in 1...5 {
            world.faults.fail(at: [.write(write)])
            let batch = world.readings(2...3, of: "fresh") + world.readings(1...1, offset: 1)
            #expect(await databaseError { try await world.append(batch, in: world.north) } == .unavailable)
            #expect(try await world.stores.readings.lastSequence(in: world.north) == 1)
            #expect(try await world.stores.assets.list(in: world.north).map(\.name) == ["pump"])
            #expect(try await world.stores.readings.conflicts(limit: 10, in: world.north).isEmpty)
        }
    }

    @Test(arguments: Engine.allCases)
    func `many who append at once get numbers without gap or double`(engine: Engine) async throws {
        let world = try await World(engine)
        let receipts = try await withThrowingTaskGroup(of: IngestReceipt.self) { group in
            for index in 0..<40 {
                let rows = world.readings((index * 5)...(index * 5 + 4), of: "asset \(index % 4)")
                group.addTask { try await world.append(rows, in: index.isMultiple(of: 2) ? world.north : world.south) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.allSatisfy { $0.accepted == 5 && $0.lastSequence - ($0.firstSequence ?? 0) == 4 })
        for scope in [world.north, world.south] {
            let stored = try await world.stores.readings.readings(after: 0, countMax: 1_000, in: scope)
            #expect(stored.map(\.sequence) == Array(1...100))
        }
    }

    @Test(arguments: Engine.allCases)
    func `what came too late is not retained, trained on or lost`(engine: Engine) async throws {
        let world = try await World(engine)
        let readings = world.stores.readings
        try await world.append(world.readings(1...4), in: world.north)
        _ = try await world.stores.lane.commit(
            LaneCommit(expectedCursor: 0, cursor: 4, tooLate: [2], at: .t0),
            in: world.north
        )
        let retained = try await readings.retained(
            asset: "pump",
            from: .t0 + .seconds(2),
            throughSequence: 3,
            countMax: 9,
            in: world.north
        )
        #expect(retained.map(\.sequence) == [3])
        let page = try await readings.retained(
            asset: "pump",
            from: .distantPast,
            throughSequence: 4,
            countMax: 2,
            in: world.north
        )
        #expect(page.map(\.sequence) == [1, 3])
        let bounded = try await readings.retained(
            asset: "pump",
            from: .distantPast,
            upTo: .t0 + .seconds(3),
            throughSequence: 4,
            countMax: 9,
            in: world.north
        )
        #expect(bounded.map(\.sequence) == [1, 3])
        #expect(try await readings.history(limit: 10, in: world.north).map(\.sequence) == [1, 3, 4])
        let all = try await readings.page(asset: "pump", limit: 10, in: world.north)
        #expect(all.map(\.isTooLate) == [false, true, false, false])
    }

    @Test(arguments: Engine.allCases)
    func `history goes by asset and time, whatever the order of arrival and the page`(engine: Engine) async throws {
        let world = try await World(engine)
        for seconds in [7...9, 1...3, 4...6] {
            for asset in ["b", "c", "a"] { try await world.append(world.readings(seconds, of: asset), in: world.north) }
        }
        let expected = ["a", "b", "c"].flatMap { world.readings(1...9, of: $0) }
        for limit in [1, 4, 9, 100] {
            var found: [Reading] = []
            var position: HistoryPosition?
            while true {
                let page = try await world.stores.readings.history(after: position, limit: limit, in: world.north)
                found += page.map(\.reading)
                guard page.count == limit, let last = page.last?.reading else { break }
                position = HistoryPosition(asset: last.asset, instant: last.instant)
            }
            #expect(found == expected)
        }
        let early = try await world.stores.readings.history(throughSequence: 9, limit: 100, in: world.north)
        #expect(early.count == 9)
        #expect(early.allSatisfy { $0.sequence <= 9 })
    }

    @Test(arguments: Engine.allCases)
    func `pages go by time within their bounds`(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.append(world.readings(1...9), in: world.north)
        func seconds(_ from: Int?, _ to: Int?, after: Int?, _ limit: Int) async throws -> [Double] {
            try await world.stores.readings.page(
                asset: "pump",
                from: from.map { .t0 + .seconds($0) },
                to: to.map { .t0 + .seconds($0) },
                after: after.map { .t0 + .seconds($0) },
                limit: limit,
                in: world.north
            ).map(\.reading.values[0])
        }
        #expect(try await seconds(nil, nil, after: nil, 3) == [1, 2, 3])
        #expect(try await seconds(nil, nil, after: 3, 3) == [4, 5, 6])
        #expect(try await seconds(2, 5, after: nil, 10) == [2, 3, 4])
        #expect(try await seconds(2, 5, after: 4, 10) == [])
    }

    @Test(arguments: Engine.allCases)
    func `the latest row is the newest of each asset, not the last to arrive`(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.append(world.readings(1...5, of: "b") + world.readings(3...3, of: "a"), in: world.north)
        try await world.append(world.readings(1...2, of: "a"), in: world.north)
        let latest = try await world.stores.readings.latest(in: world.north)
        #expect(latest.map(\.reading) == world.readings(3...3, of: "a") + world.readings(5...5, of: "b"))
    }

    @Test(arguments: Engine.allCases)
    func `a name is one asset's, however its letters are composed`(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.append(world.readings(1...2, of: "Caf\u{E9}"), in: world.north)
        let receipt = try await world.append(world.readings(2...3, of: "Cafe\u{301}"), in: world.north)
        #expect(receipt.accepted == 1)
        #expect(receipt.repeated == 1)
        #expect(try await world.stores.assets.list(in: world.north).count == 1)
        #expect(try await world.stores.readings.latest(in: world.north).map(\.sequence) == [3])
    }
}
