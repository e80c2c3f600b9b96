import Foundation
import Models
import ONNXRuntime
import Plant
import TestSupport
import Testing

@testable import Serving

/// Batches over a real model, with a runtime that tests can hold.
@Suite struct BatcherTests {
    private let runtime = FaultyRuntime()
    private let model: LoadedModel
    private let golden: GoldenVectors
    private let scope = OrganizationScope(provenFor: ID(UUID()))

    init() throws {
        let artifact = try SmallPlant.artifact.get()
        golden = artifact.golden
        let version = ModelArtifact.version(of: try artifact.bytes())
        model = try LoadedModel(artifact, version: version, runtime: ONNXRuntimeLibrary.load())
    }

    private func row(_ number: Int) -> [Float] {
        let width = golden.columnCount
        let first = number % golden.rowCount * width
        return Array(golden.featureValues[first..<first + width])
    }

    private func ask(_ batcher: Batcher, row number: Int, in scope: OrganizationScope? = nil) async throws -> Double {
        let key = ModelKey(model.version, in: scope ?? self.scope)
        return try await batcher.outputs(for: row(number), rowCount: 1, of: model, key, .live, until: nil)[0]
            .probability
    }

    /// What the model says of a row without a batch around it.
    private func alone(_ number: Int) throws -> Double {
        try model.outputs(for: row(number), rowCount: 1)[0].probability
    }

    @Test func `rows that wait for a busy model go together, and each has its own answer`() async throws {
        let batcher = runtime.batcher()
        runtime.hold()
        let rows = 0..<40
        let answers = try await withThrowingTaskGroup(of: (Int, Double).self) { group in
            for number in rows { group.addTask { (number, try await ask(batcher, row: number)) } }
            while runtime.heldCount == 0 || batcher.waitingRowCount < rows.count - runtime.rowCounts[0] {
                await Task.yield()
            }
            runtime.release()
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(runtime.rowCounts.count == 2)
        #expect(runtime.rowCounts.reduce(0, +) == rows.count)
        for number in rows {
            #expect(try answers[number] == alone(number))
        }
    }

    @Test func `a row that never reached the runtime has ended when nobody waits for it any more`() async throws {
        let batcher = runtime.batcher(width: 1)
        runtime.hold()
        async let first = ask(batcher, row: 0)
        while runtime.heldCount == 0 { await Task.yield() }
        let key = ModelKey(model.version, in: OrganizationScope(provenFor: ID(UUID())))
        do {
            _ = try await batcher.outputs(
                for: row(1),
                rowCount: 1,
                of: model,
                key,
                .live,
                until: .now + .milliseconds(5)
            )
            Issue.record("answered behind a call that hangs")
        } catch let overdue as Overdue {
            // Else whoever waits for its end before he asks again would wait for ever.
            #expect(overdue.hasEnded)
        }
        runtime.release()
        _ = try await first
    }

    @Test func `a model that hangs keeps no thread from the others, and nobody waits beyond the deadline`() async throws
    {
        let batcher = runtime.batcher(width: 1)
        runtime.hold()
        let key = ModelKey(model.version, in: scope)
        // On a busy machine the deadline may come before the call.
        while runtime.heldCount == 0 {
            await #expect(throws: Overdue.self) {
                try await batcher.outputs(
                    for: row(0),
                    rowCount: 1,
                    of: model,
                    key,
                    .live,
                    until: .now + .milliseconds(5)
                )
            }
        }
        // What waits behind it for the same model is given up too, and holds nothing.
        await #expect(throws: Overdue.self) {
            try await batcher.outputs(
                for: row(1),
                rowCount: 1,
                of: model,
                key,
                .live,
                until: .now + .milliseconds(5)
            )
        }
        #expect(batcher.waitingRowCount == 0)
        runtime.release()
        // With one slot, and that one given back.
        let other = OrganizationScope(provenFor: ID(UUID()))
        #expect(try await ask(batcher, row: 2, in: other) == alone(2))
        #expect(try await ask(batcher, row: 3) == alone(3))
    }

    @Test func `rows that wait for company go with it, or when they are told to`() async throws {
        let batcher = runtime.batcher(limits: BatchLimits(batchSize: 2, maxWaitTime: .seconds(3_600)))
        async let first = ask(batcher, row: 0)
        async let second = ask(batcher, row: 1)
        _ = try await (first, second)
        #expect(runtime.rowCounts == [2])
        async let lone = ask(batcher, row: 2)
        while batcher.waitingRowCount == 0 { await Task.yield() }
        batcher.flush()
        _ = try await lone
        #expect(runtime.rowCounts == [2, 1])
    }

    @Test func `a call that fails fails for those in it, and for nobody else`() async throws {
        let batcher = runtime.batcher()
        runtime.fail(times: 1)
        await #expect(throws: FaultyRuntime.Fault.self) { try await ask(batcher, row: 0) }
        #expect(try await ask(batcher, row: 0) == alone(0))
        #expect(batcher.counts.calls == 2)
    }
}
