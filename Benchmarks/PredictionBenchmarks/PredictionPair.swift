import Benchmark
import Measuring
import Models
import ONNXRuntime
import Serving
import Workload

/// One model asked twice: as the lanes ask it, and as ONNX Runtime alone would run it.
struct PredictionPair {
    struct Calls {
        /// Per call, in nanoseconds.
        var wall: [Double] = []
        /// Over all calls, in nanoseconds.
        var processor = 0
    }

    private let model: LoadedModel
    private let session: Session
    private let outputs: [Int]
    /// Row-major, `rowCount` rows each.
    private let batches: [[Float]]
    private let rowCount: Int

    init(_ trained: TrainedModel, rowCount: Int) throws {
        let version = ModelArtifact.version(of: try trained.artifact.bytes())
        model = try LoadedModel(trained.artifact, version: version, runtime: trained.runtime)
        let session = try Session(onnx: trained.artifact.onnx, library: trained.runtime)
        self.session = session
        outputs = try model.manifest.outputWidths.map { try session.output(named: $0.name) }
        batches = stride(from: 0, to: trained.rows.count, by: rowCount).map { start in
            trained.rows[start..<start + rowCount].flatMap(\.self)
        }
        self.rowCount = rowCount
    }

    /// From feature values to what a lane is told.
    func predict(calls count: Int) throws -> Calls {
        try timed(count) { batch in Benchmark.blackHole(try model.outputs(for: batch, rowCount: rowCount)) }
    }

    /// The session's run alone, from memory that is there into memory that is there.
    func runBare(calls count: Int) throws -> Calls {
        let rooms = outputs.map { index in
            (
                output: index,
                values: UnsafeMutableBufferPointer<Float>.allocate(capacity: rowCount * session.outputs[index].width)
            )
        }
        defer { for room in rooms { room.values.deallocate() } }
        return try timed(count) { batch in
            try batch.withUnsafeBufferPointer { values in
                try session.run(values, rows: rowCount, columns: session.input.width, into: rooms)
            }
        }
    }

    private func timed(_ count: Int, _ call: ([Float]) throws -> Void) rethrows -> Calls {
        let clock = ContinuousClock()
        var calls = Calls()
        calls.wall.reserveCapacity(count)
        let start = ProcessorTime.thread
        for number in 0..<count {
            let batch = batches[number % batches.count]
            let started = clock.now
            try call(batch)
            calls.wall.append((clock.now - started).nanoseconds)
        }
        calls.processor = ProcessorTime.thread - start
        return calls
    }
}
