import Benchmark
import Measuring

private let matrixCost = BenchmarkMetric.cost("history: feature value (ps)")
private let matrixShare = BenchmarkMetric.cost("history: against windows to 100 samples (%)")
private let liveCost = BenchmarkMetric.cost("live: feature value (ps)")
private let liveShare = BenchmarkMetric.cost("live: against windows to 100 samples (%)")
private let stateSize = BenchmarkMetric.cost("state per 1000 samples and tag (bytes)")

private let passes = 3

let benchmarks: @Sendable () -> Void = {
    for reach in [100, 1_000, 10_000, 100_000] {
        Benchmark(
            "windows to \(reach) samples",
            configuration: .figures([matrixCost, matrixShare, liveCost, liveShare, stateSize])
        ) { benchmark in
            var short = FeatureStream(reach: 100)
            var long = FeatureStream(reach: reach)
            for bytes in long.stateBytes() { benchmark.measurement(stateSize, bytes * 1_000) }
            var shortLive = FeatureStream(reach: 100, lateness: .seconds(300))
            var longLive = FeatureStream(reach: reach, lateness: .seconds(300))
            for _ in 0..<passes {
                let cost = long.historyNanoseconds()
                benchmark.measurement(matrixCost, cost * 1_000)
                benchmark.measurement(matrixShare, cost / short.historyNanoseconds() * 100)
                let live = longLive.liveNanoseconds()
                benchmark.measurement(liveCost, live * 1_000)
                benchmark.measurement(liveShare, live / shortLive.liveNanoseconds() * 100)
            }
        }
    }
}
