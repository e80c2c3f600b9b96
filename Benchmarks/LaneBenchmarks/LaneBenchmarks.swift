import Benchmark
import Measuring
import Workload

let benchmarks: @Sendable () -> Void = {
    Benchmark("rules alone", configuration: .figures(LaneFigures.metrics)) { benchmark in
        try await LaneFigures.measured(LoadPlan(), model: nil).record(in: benchmark)
    }

    Benchmark("rules and a model of 300 trees", configuration: .figures(LaneFigures.metrics)) { benchmark in
        try await LaneFigures.measured(LoadPlan(), model: TrainedModel().artifact).record(in: benchmark)
    }

    Benchmark("one organization floods", configuration: .figures(FloodFigures.metrics)) { benchmark in
        var plan = LoadPlan()
        plan.readingsPerSecond /= 4  // Room is left: what a flood costs is not what a full machine costs.
        try await FloodFigures.measured(plan, model: TrainedModel().artifact).record(in: benchmark)
    }
}
