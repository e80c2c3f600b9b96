import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite struct FreshReadingsTests {
    private func harness() async throws -> (Harness, OrganizationScope) {
        let harness = try await Harness()
        return (harness, try await harness.organization(withModel: false))
    }

    private func keep(_ readings: [Reading], in harness: Harness, _ scope: OrganizationScope) async throws
        -> IngestReceipt
    {
        try await harness.stores.readings.append(readings, schemaVersion: 1, at: harness.time.now, in: scope)
    }

    @Test func `what is handed over is what the store has, whatever the order in which commits are told`() async throws
    {
        let (harness, scope) = try await harness()
        let rows = SmallPlant.readings(days: 40..<41)
        let parts = [Array(rows[..<20]), Array(rows[20..<50]), Array(rows[50..<60])]
        var receipts: [IngestReceipt] = []
        for part in parts { receipts.append(try await keep(part, in: harness, scope)) }
        let fresh = FreshReadings()
        for index in [2, 0, 1] { fresh.add(parts[index], schemaVersion: 1, receipt: receipts[index]) }
        #expect(fresh.lastSequence == 60)
        let stored = try await harness.stores.readings.readings(after: 0, countMax: 100, in: scope)
        #expect(fresh.take(after: 0, countMax: 25) == Array(stored[..<25]))
        #expect(fresh.take(after: 25, countMax: 100) == Array(stored[25...]))
        #expect(fresh.take(after: 60, countMax: 100).isEmpty)
    }

    @Test func `across a gap nothing is handed over, and what was read elsewhere is not handed over again`()
        async throws
    {
        let (harness, scope) = try await harness()
        let rows = SmallPlant.readings(days: 40..<41)
        let first = try await keep(Array(rows[..<10]), in: harness, scope)
        _ = try await keep(Array(rows[10..<20]), in: harness, scope)
        let third = try await keep(Array(rows[20..<30]), in: harness, scope)
        let fresh = FreshReadings()
        fresh.add(Array(rows[..<10]), schemaVersion: 1, receipt: first)
        fresh.add(Array(rows[20..<30]), schemaVersion: 1, receipt: third)
        #expect(fresh.take(after: 0, countMax: 100).map(\.sequence) == Array(1...10))
        #expect(fresh.take(after: 10, countMax: 100).isEmpty)
        #expect(fresh.take(after: 25, countMax: 100).map(\.sequence) == Array(26...30))
    }

    @Test func `where some of the readings were known already, the store is asked`() async throws {
        let (harness, scope) = try await harness()
        let rows = SmallPlant.readings(days: 40..<41)
        _ = try await keep(Array(rows[..<10]), in: harness, scope)
        let receipt = try await keep(Array(rows[5..<15]), in: harness, scope)
        let fresh = FreshReadings()
        fresh.add(Array(rows[5..<15]), schemaVersion: 1, receipt: receipt)
        #expect(fresh.take(after: 10, countMax: 100).isEmpty)
        #expect(fresh.lastSequence == 15)
    }

    @Test func `a lane that is far behind is handed a bounded part, and finds the rest`() async throws {
        let (harness, scope) = try await harness()
        let rows = SmallPlant.readings(days: 0..<60)
        #expect(rows.count > 5_000)
        try await harness.running { lanes in
            for start in stride(from: 0, to: rows.count, by: 700) {
                try await lanes.push(Array(rows[start..<min(start + 700, rows.count)]), in: scope)
            }
            try await lanes.settle(in: scope, serving: false)
        }
        #expect(try await harness.stores.lane.lane(in: scope).cursor == Int64(rows.count))
    }
}
