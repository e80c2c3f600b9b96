import Serving

/// How often models are found in memory, over real sessions: visited in a cycle, and by Zipf's law.
enum VisitLoad {
    static func measure(models count: Int, visits: Int) async throws {
        var generator = SystemRandomNumberGenerator()
        let weights = (1...count).map { 1 / Double($0) }
        let total = weights.reduce(0, +)
        let zipf = (0..<visits).map { _ -> Int in
            var rest = Double.random(in: 0..<total, using: &generator)
            return weights.firstIndex { weight in
                rest -= weight
                return rest < 0
            } ?? 0
        }
        let cycle = (0..<visits).map { $0 % count }
        for (name, order, room) in [("a cycle", cycle, count * 95 / 100), ("Zipf", zipf, count / 5)] {
            for policy in [CachePolicy.auto, .lru, .lfu] {
                try await Fleet.inTemporaryFolder { folder in
                    let budget = CacheBudget(modelCountMax: room)
                    let fleet = try await Fleet(models: count, treeCount: 200, budget: budget, policy: policy, folder)
                    // Nothing is there at first, and a cycle is known when it comes round.
                    let warmUp = min(2 * count, visits / 2)
                    for number in order.prefix(warmUp) { _ = try await fleet.ask(number) }
                    let before = fleet.registry.cache.totals
                    for number in order.dropFirst(warmUp) { _ = try await fleet.ask(number) }
                    let after = fleet.registry.cache.totals
                    let hits = Double(after.hitCount - before.hitCount) / Double(visits - warmUp)
                    print("\(name), \(count) models, room for \(room), \(policy.rawValue): found \(hits)")
                }
            }
        }
    }
}
