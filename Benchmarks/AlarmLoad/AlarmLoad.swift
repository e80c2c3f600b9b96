import Foundation
import Plant
import Storage
import WholeServer

/// What lists of a million alarms cost, by the store and over HTTP; see the README beside this folder.
@main
struct AlarmLoad {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let folder = arguments.dropFirst().first
        switch (arguments.first, folder) {
        case ("fill", .some(let folder)):
            try await fill(arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1_000_000, in: folder)
        case ("measure", .some(let folder)):
            try await measure(in: folder, repeats: arguments.dropFirst(2).first.flatMap { Int($0) } ?? 20)
        default: print("AlarmLoad fill FOLDER [ALARMS] | AlarmLoad measure FOLDER [REPEATS]")
        }
    }

    /// One organization has nine alarms of ten, nine others share the rest.
    private static let slugs = (0..<10).map { "works-\($0)" }

    private static func fill(_ count: Int, in folder: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await WholeServer.run(in: folder, organizations: slugs) { server in
            let clock = ContinuousClock()
            let started = clock.now
            for (number, tenant) in server.tenants.enumerated() {
                let share = number == 0 ? count / 10 * 9 : count / 10 / (slugs.count - 1)
                try await AlarmHistory(count: share).write(to: server.stores, in: tenant.scope)
            }
            print("\(count) alarms in \(clock.now - started)")
        }
    }

    private static func measure(in folder: String, repeats: Int) async throws {
        try await WholeServer.run(in: folder, organizations: slugs) { server in
            var generator = SystemRandomNumberGenerator()
            let measure = ListMeasure(server: server, tenant: server.tenants[0])
            for filter in [AlarmFilter(), AlarmFilter(isOpen: true)] { try await measure.warmUp(filter) }
            for limit in [100, 200] {
                var (byStore, byHTTP): ([Double], [Double]) = ([], [])
                var slowest: [(milliseconds: Double, query: String)] = []
                for combination in ListQuery.combinations {
                    // The longer pages take their time.
                    for _ in 0..<max(1, repeats * 100 / limit) {
                        for isDeep in [false, true] {
                            let query = combination.drawn(isDeep: isDeep, limit: limit, &generator)
                            byStore.append(try await measure.store(query))
                            let milliseconds = try await measure.http(query)
                            byHTTP.append(milliseconds)
                            slowest.append((milliseconds, query.text))
                        }
                    }
                }
                print(
                    "pages of \(limit), \(ListQuery.combinations.count) combinations of filters, \(byStore.count) lists"
                )
                print("  the store    \(Spread(byStore))")
                print("  over HTTP    \(Spread(byHTTP))")
                for slow in slowest.sorted(by: { $0.milliseconds > $1.milliseconds }).prefix(8) {
                    print("  slowest: \(String(format: "%8.2f", slow.milliseconds)) ms \(slow.query)")
                }
            }
        }
    }
}
