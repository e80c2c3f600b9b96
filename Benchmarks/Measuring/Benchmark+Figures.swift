package import Benchmark

extension Benchmark.Configuration {
    /// One pass that records figures of its own, each as often as it likes, shown in plain units.
    package static func figures(_ metrics: [BenchmarkMetric]) -> Benchmark.Configuration {
        Benchmark.Configuration(
            metrics: metrics,
            units: Dictionary(uniqueKeysWithValues: metrics.map { ($0, .count) }),
            warmupIterations: 0,
            maxIterations: 1
        )
    }
}

extension BenchmarkMetric {
    /// A figure of which less is better; the name ends with its unit.
    package static func cost(_ name: String) -> BenchmarkMetric {
        .custom(name, polarity: .prefersSmaller, useScalingFactor: false)
    }

    /// A figure of which more is better; the name ends with its unit.
    package static func yield(_ name: String) -> BenchmarkMetric {
        .custom(name, polarity: .prefersLarger, useScalingFactor: false)
    }
}

extension Benchmark {
    package func measurement(_ metric: BenchmarkMetric, _ value: Double) { measurement(metric, Int(value.rounded())) }
}

extension Duration {
    package var nanoseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
    }
}
