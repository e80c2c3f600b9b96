import Foundation
import ONNXRuntime
import Serving

/// What many organizations' models cost in memory, and what swaps cost in time; see the README beside this folder.
@main
struct ServingLoad {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        switch arguments.first {
        case "resident": try await resident(models: numbers.first ?? 1_000)
        case "cycles": try await cycles(numbers.first ?? 10_000, models: numbers.dropFirst().first ?? 1_000)
        case "swaps":
            try await SwapLoad.measure(
                swaps: numbers.first ?? 1_000,
                every: .milliseconds(numbers.dropFirst().first ?? 100)
            )
        case "desk": try await DeskLoad.measure(calls: numbers.first ?? 20_000)
        case "visits":
            try await VisitLoad.measure(models: numbers.first ?? 500, visits: numbers.dropFirst().first ?? 5_000)
        default:
            print("ServingLoad resident [MODELS] | cycles [CYCLES] [MODELS] | desk [CALLS]")
            print("ServingLoad swaps [SWAPS] [MILLISECONDS] | visits [MODELS] [VISITS]")
        }
    }

    /// Resident memory of so many organizations' loaded models.
    private static func resident(models count: Int) async throws {
        try await Fleet.inTemporaryFolder { folder in
            let fleet = try await Fleet(models: count, treeCount: 200, budget: CacheBudget(byteCountMax: .max), folder)
            ONNXRuntimeLibrary.releaseFreedMemory()
            let before = ResidentMemory.byteCount ?? 0
            for number in 0..<count { _ = try await fleet.ask(number) }
            ONNXRuntimeLibrary.releaseFreedMemory()
            let growth = (ResidentMemory.byteCount ?? 0) - before
            let held = fleet.registry.cache.occupancy
            print("\(held.modelCount) models of 200 trees, \(fleet.fileByteCount) bytes each on disk")
            print(
                "resident before \(before >> 20) MiB, growth \(growth >> 20) MiB, measured \(held.byteCount >> 20) MiB"
            )
        }
    }

    /// Loads, asks and evicts in turn: what the first thousand left behind is all that there ever is.
    private static func cycles(_ count: Int, models: Int) async throws {
        try await Fleet.inTemporaryFolder { folder in
            let budget = CacheBudget(modelCountMax: models / 10)
            let fleet = try await Fleet(models: models, treeCount: 200, budget: budget, policy: .lru, folder)
            var first = 0
            for cycle in 1...count {
                _ = try await fleet.ask(cycle % models)
                if cycle == 1_000 { first = ResidentMemory.byteCount ?? 0 }
                if cycle.isMultiple(of: 1_000) {
                    let now = ResidentMemory.byteCount ?? 0
                    print("cycle \(cycle): resident \(now >> 20) MiB, \(now * 100 / max(1, first)) % of that at 1,000")
                }
            }
        }
    }
}
