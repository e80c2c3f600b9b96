import Alarms
import Foundation
import Logging
import Models
import Plant
import Serving
import Storage
import Synchronization
import Trust
import Workload

/// One organization whose model is swapped over and over while readings come and people ask.
struct SwapLoad: Sendable {
    /// What those who asked saw.
    private struct Book: Sendable {
        var milliseconds: [Double] = []
        var failed = 0
        var wrong = 0

        var p99: Double {
            let sorted = milliseconds.sorted()
            return sorted.isEmpty ? .nan : sorted[sorted.count * 99 / 100]
        }
    }

    /// When those who ask and send are to stop.
    private final class End: Sendable {
        private let state = Mutex(false)

        var hasCome: Bool { state.withLock { $0 } }
        func comes() { state.withLock { $0 = true } }
    }

    /// A server's own unless it is told otherwise: the fleet's desk waits longer, and an answer after this is none.
    private static let deadline = Duration.seconds(2)

    private let fleet: Fleet
    private let lanes: Lanes
    private let scope: OrganizationScope
    private let versions: [ModelVersion]
    /// What each version says of each row.
    private let expected: [ModelVersion: [Double]]

    /// Measures swaps, one each interval; zero lets them follow at once, which keeps a core at work all the time.
    static func measure(swaps: Int, every interval: Duration) async throws {
        try await Fleet.inTemporaryFolder { folder in
            let fleet = try await Fleet(models: 1, treeCount: 300, budget: CacheBudget(), folder)
            var logger = Logger(label: "eagle.load") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .error
            let lanes = Lanes(
                stores: fleet.stores,
                hub: AlertHub(),
                predictions: fleet.desk,
                time: SystemTime(),
                logger: logger
            )
            let load = try await SwapLoad(fleet, lanes)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await lanes.run() }
                try await load.run(swaps: swaps, every: interval)
                group.cancelAll()
            }
        }
    }

    private init(_ fleet: Fleet, _ lanes: Lanes) async throws {
        (self.fleet, self.lanes) = (fleet, lanes)
        scope = fleet.members[0].scope
        let text = try SchemaText.text(SyntheticPlant(organization: "plant-0", seed: 1).document())
        let other = try TrainedModel(treeCount: 240).artifact.renamed(organization: "plant-0", schemaDocument: text)
        versions = [
            fleet.members[0].version, try await fleet.registry.register(other.bytes(), in: scope).version,
        ]
        _ = try await fleet.stores.schemas.put(text, at: SystemTime().now, in: scope)
        try await fleet.stores.organizations.setPredictionEnabled(true, in: scope)
        _ = try await fleet.registry.deploy(versions[0], by: "load", reason: "measured", in: scope)
        var expected: [ModelVersion: [Double]] = [:]
        for version in versions {
            let model = try await fleet.registry.load(version, in: scope)
            expected[version] = try fleet.rows.map { try model.outputs(for: $0, rowCount: 1)[0].probability }
        }
        self.expected = expected
    }

    private func run(swaps: Int, every interval: Duration) async throws {
        try await settle(on: versions[0])
        let quiet = try await asking(for: .seconds(20)) {}
        let loaded = try await asking(for: nil) {
            let started = ContinuousClock.now
            for swap in 1...swaps {
                try await Task.sleep(until: started + interval * swap, clock: .continuous)
                let version = versions[swap % 2]
                _ = try await fleet.registry.deploy(version, by: "load", reason: "swap \(swap)", in: scope)
                lanes.configurationChanged(in: scope)
                try await settle(on: version)
            }
        }
        let kept = try await lanes.status(in: scope)
        print("\(swaps) swaps, \(loaded.milliseconds.count) predictions meanwhile")
        print("failed \(loaded.failed), of a wrong version \(loaded.wrong), rows waiting \(kept.waitingRows)")
        print("p99 without swaps \(quiet.p99) ms, with swaps \(loaded.p99) ms")
        print("readings \(kept.cursor), of them without a prediction \(try await unpredicted())")
    }

    private func settle(on version: ModelVersion) async throws {
        while try await lanes.status(in: scope).modelVersion != version {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Asks at a steady pace, and sends readings, until the work is done or the time is up.
    private func asking(for limit: Duration?, _ work: @Sendable @escaping () async throws -> Void) async throws -> Book
    {
        let end = End()
        return try await withThrowingTaskGroup(of: Book.self) { group in
            group.addTask { try await ask(until: end) }
            group.addTask { try await push(until: end) }
            try await work()
            if let limit { try await Task.sleep(for: limit) }
            end.comes()
            var whole = Book()
            for try await book in group {
                whole.milliseconds += book.milliseconds
                whole.failed += book.failed
                whole.wrong += book.wrong
            }
            return whole
        }
    }

    private func ask(until end: End) async throws -> Book {
        var book = Book()
        var number = 0
        while !end.hasCome {
            number += 1
            let row = number % fleet.rows.count
            guard let version = try await lanes.status(in: scope).modelVersion else { continue }
            let started = ContinuousClock.now
            do {
                let said = try await fleet.desk.outputs(
                    for: [fleet.rows[row]],
                    of: version,
                    priority: .live,
                    in: scope
                )
                let took = ContinuousClock.now - started
                book.milliseconds.append(took / .milliseconds(1))
                if took > Self.deadline { book.failed += 1 }
                let isRight =
                    said.model.version == version && said.outputs[0].probability == expected[version]?[row]
                if !isRight { book.wrong += 1 }
            } catch {
                book.failed += 1
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        return book
    }

    /// One reading of one machine every ten milliseconds, each a second on.
    private func push(until end: End) async throws -> Book {
        let plant = SyntheticPlant(organization: "plant-0", seed: 1)
        var row = Int(try await lanes.status(in: scope).cursor)
        while !end.hasCome {
            _ = try await lanes.ingest([plant.reading(machine: 0, row: row)], schemaVersion: 1, in: scope)
            row += 1
            try await Task.sleep(for: .milliseconds(10))
        }
        while try await lanes.status(in: scope).behind > 0 { try await Task.sleep(for: .milliseconds(2)) }
        return Book()
    }

    /// Readings that no model said anything of.
    private func unpredicted() async throws -> Int {
        var (count, key) = (0, String?.none)
        repeat {
            let page = try await fleet.stores.predictions.page(
                asset: "machine-0",
                after: key,
                limit: 1_000,
                in: scope
            )
            count += page.elements.count
            key = page.next
        } while key != nil
        return Int(try await lanes.status(in: scope).cursor) - count
    }
}
