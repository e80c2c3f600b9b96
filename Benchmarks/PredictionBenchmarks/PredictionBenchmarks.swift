import Benchmark
import Measuring
import Workload

private struct Batch {
    let rowCount: Int
    /// Calls between two looks at the processor's clock.
    let callsPerBlock: Int
    let prediction: BenchmarkMetric
    let bareRun: BenchmarkMetric
    let share: BenchmarkMetric

    init(rowCount: Int, callsPerBlock: Int) {
        self.rowCount = rowCount
        self.callsPerBlock = callsPerBlock
        let rows = rowCount == 1 ? "1 row" : "\(rowCount) rows"
        prediction = .cost("\(rows): prediction (ns)")
        bareRun = .cost("\(rows): bare run (ns)")
        share = .cost("\(rows): prediction against bare run (%)")
    }

    var metrics: [BenchmarkMetric] { [prediction, bareRun, share] }
}

private let batches = [Batch(rowCount: 1, callsPerBlock: 100), Batch(rowCount: 64, callsPerBlock: 20)]
private let blockCount = 200

let benchmarks: @Sendable () -> Void = {
    Benchmark("300 trees", configuration: .figures(batches.flatMap(\.metrics))) { benchmark in
        let model = try TrainedModel()
        for batch in batches {
            let pair = try PredictionPair(model, rowCount: batch.rowCount)
            _ = try pair.predict(calls: batch.callsPerBlock)
            _ = try pair.runBare(calls: batch.callsPerBlock)
            for block in 0..<blockCount {
                // Each goes first as often as the other.
                let bareFirst = block.isMultiple(of: 2) ? try pair.runBare(calls: batch.callsPerBlock) : nil
                let ours = try pair.predict(calls: batch.callsPerBlock)
                let bare = try bareFirst ?? pair.runBare(calls: batch.callsPerBlock)
                for nanoseconds in ours.wall { benchmark.measurement(batch.prediction, nanoseconds) }
                for nanoseconds in bare.wall { benchmark.measurement(batch.bareRun, nanoseconds) }
                benchmark.measurement(batch.share, Double(ours.processor) / Double(bare.processor) * 100)
            }
        }
    }
}
