import Alarms
import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Trust

/// The engines on which every suite of stores runs.
enum Engine: CaseIterable, Sendable {
    case sqlite

    func database() throws -> any SQLDatabase {
        switch self {
        case .sqlite: try SQLiteDatabase(.memory)
        }
    }
}

/// Stores with two organizations in them.
struct World {
    let stores: Stores
    let faults: FaultyDatabase
    let north: OrganizationScope
    let south: OrganizationScope
    let system = SystemScope(for: .test)

    init(_ engine: Engine) async throws { try await self.init(over: engine.database()) }

    init(over database: any SQLDatabase) async throws {
        faults = FaultyDatabase(database)
        stores = try await Stores.open(faults)
        let northwind = try await stores.organizations.create(slug: "north", name: "North", at: .t0, in: system)
        let southern = try await stores.organizations.create(slug: "south", name: "South", at: .t0, in: system)
        north = OrganizationScope(provenFor: northwind.id)
        south = OrganizationScope(provenFor: southern.id)
    }

    /// Rows of an asset, a second apart, whose values tell them from one another.
    func readings(_ seconds: ClosedRange<Int>, of asset: String = "pump", offset: Double = 0) -> [Reading] {
        seconds.map { Reading(asset: asset, instant: .t0 + .seconds($0), values: [Double($0) + offset, .nan, 1]) }
    }

    @discardableResult
    func append(_ readings: [Reading], in scope: OrganizationScope) async throws -> IngestReceipt {
        try await stores.readings.append(readings, schemaVersion: 1, at: .t0, in: scope)
    }
}

extension ModelVersion {
    /// One that is told apart by a digit.
    static func test(_ digit: Character) throws -> ModelVersion {
        guard let version = ModelVersion(hash: String(repeating: digit, count: 64)) else {
            throw StorageError(.invalid, "'\(digit)' is no hexadecimal digit")
        }
        return version
    }
}

extension Alarm {
    static func test(
        _ asset: String = "pump",
        condition: AlarmCondition = .component("bearing"),
        type: AlarmType = .warning,
        state: ProcessState = .unacknowledged,
        raisedAt: Instant = .t0,
        id: ID<Alarm> = ID(UUID()),
        causes: [AlarmCause]? = nil
    ) -> Alarm {
        let rule = AlarmCause(source: .rule("r1"), type: type, since: raisedAt, message: "x is 1 above 2")
        return Alarm(
            id: id,
            asset: asset,
            condition: condition,
            type: type,
            state: state,
            raisedAt: raisedAt,
            causes: causes ?? [rule]
        )
    }
}

/// What an operation throws, if it throws a store's error.
func storageError(_ operation: () async throws -> some Any) async -> StorageError.Code? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return (error as? StorageError)?.code
    }
}

/// What an operation throws, if it throws a database's error.
func databaseError(_ operation: () async throws -> some Any) async -> DatabaseError.Code? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return (error as? DatabaseError)?.code
    }
}
