import Foundation

/// How much is asked of the lanes.
struct LoadPlan: Sendable {
    var organizations = 100
    /// Of each organization.
    var machines = 5
    /// Of each machine, sent as fast as they are acknowledged; windows are full after them.
    var rowsBefore = 300
    /// Of each machine, in one post of those rows.
    var rowsPerPost = 20
    /// Then sent one by one at this pace, by all organizations together.
    var readingsPerSecond = 2_000
    var seconds = 15

    /// The defaults, but for what the environment says: `EAGLE_BENCHMARK_ORGANIZATIONS`,
    /// `EAGLE_BENCHMARK_READINGS_PER_SECOND`, `EAGLE_BENCHMARK_SECONDS`.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func number(_ name: String, _ standard: Int) -> Int {
            max(1, environment["EAGLE_BENCHMARK_" + name].flatMap { Int($0) } ?? standard)
        }
        organizations = number("ORGANIZATIONS", organizations)
        readingsPerSecond = number("READINGS_PER_SECOND", readingsPerSecond)
        seconds = number("SECONDS", seconds)
    }

    /// Of each machine, at the pace.
    var pacedRows: Int { max(1, readingsPerSecond * seconds / organizations / machines) }

    /// Between two readings of one organization.
    var interval: Duration { .seconds(organizations) / readingsPerSecond }
}
