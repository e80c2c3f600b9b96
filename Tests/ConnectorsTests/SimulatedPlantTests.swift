import Connectors
import Models
import Plant
import TestSupport
import Testing

@Suite struct SimulatedPlantTests {
    static let names = ["northwind", "harbor", "toolworks"]

    static func plant(_ name: String, seed: UInt64 = 7) -> SimulatedPlant {
        switch name {
        case "northwind": .furnaceLine(seed: seed)
        case "harbor": .pumpStation(seed: seed)
        default: .machineTools(seed: seed)
        }
    }

    @Test(arguments: names)
    func `the same seed gives the same rows, another seed gives others`(name: String) {
        let plant = Self.plant(name)
        let to = plant.historyStart + .seconds(43_200)
        let rows = Array(plant.rows(from: plant.historyStart, to: to))
        #expect(rows == Array(Self.plant(name).rows(from: plant.historyStart, to: to)))
        #expect(rows.count > 100)
        let other = Array(Self.plant(name, seed: 8).rows(from: plant.historyStart, to: to))
        #expect(other.first?.values != rows.first?.values)
        let end = plant.liveStart + .seconds(10 * 86_400)
        #expect(
            plant.failures(from: plant.historyStart, to: end)
                != Self.plant(name, seed: 8).failures(from: plant.historyStart, to: end)
        )
    }

    @Test(arguments: names, [1, 2, 3] as [UInt64])
    func `however a span is cut, its parts are the whole`(name: String, seed: UInt64) {
        let plant = Self.plant(name)
        var generator = SplitMix64(seed: seed)
        // Across the start of the live part, where history and live rows join.
        let from = plant.liveStart - .seconds(28_800)
        let to = plant.liveStart + .seconds(28_800)
        var parts: [PlantRow] = []
        var cut = from
        while cut < to {
            let step = Duration.microseconds(Int64.random(in: 1...7_200_000_000, using: &generator))
            let next = min(to, cut + step)
            parts += plant.rows(from: cut, to: next)
            cut = next
        }
        #expect(parts == Array(plant.rows(from: from, to: to)))
        #expect(!parts.isEmpty)
    }

    @Test(arguments: names)
    func `rows arrive in order, within their span, under rising identifiers, and not before their time`(name: String) {
        let plant = Self.plant(name)
        let to = plant.historyStart + .seconds(86_400)
        let rows = Array(plant.rows(from: plant.historyStart, to: to))
        #expect(rows.allSatisfy { $0.arrival >= plant.historyStart && $0.arrival < to && $0.instant <= $0.arrival })
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.arrival <= $1.arrival })
        let identifiers = rows.map { $0.values[0].number }
        #expect(zip(identifiers, identifiers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(identifiers.allSatisfy { $0 >= 1 && $0 <= 2_147_483_647 })
        #expect(rows.allSatisfy { $0.values.count == plant.columns.count })
    }

    @Test(arguments: names)
    func `a span that is empty or ends before it begins has no rows`(name: String) {
        let plant = Self.plant(name)
        #expect(Array(plant.rows(from: plant.liveStart, to: plant.liveStart)).isEmpty)
        #expect(Array(plant.rows(from: plant.liveStart, to: plant.historyStart)).isEmpty)
    }

    @Test(arguments: names)
    func `whatever the seed, history has failures to learn from and the live part some to show`(name: String) {
        for seed in 0..<60 as Range<UInt64> {
            let plant = Self.plant(name, seed: seed)
            let history = plant.failures(from: plant.historyStart, to: plant.liveStart)
            #expect((25...60).contains(history.count))
            let live = plant.failures(from: plant.liveStart, to: plant.liveStart + .seconds(8 * 86_400))
            #expect((2...6).contains(live.count))
            #expect(live.allSatisfy { $0.start >= plant.liveStart + .seconds(14 * 3_600) })
            #expect(live.first.map { $0.start < plant.liveStart + .seconds(21 * 3_600) } ?? false)
            for component in plant.components {
                #expect(history.count { $0.component == component } >= 6, "seed \(seed), \(component)")
            }
        }
    }

    @Test(arguments: names)
    func `an asset is repaired before it wears again`(name: String) {
        let plant = Self.plant(name)
        let failures = plant.failures(from: plant.historyStart, to: plant.liveStart + .seconds(60 * 86_400))
        for asset in plant.assets {
            let ofAsset = failures.filter { $0.asset == asset }
            #expect(zip(ofAsset, ofAsset.dropFirst()).allSatisfy { $1.start - $0.end > .seconds(86_400) })
            #expect(ofAsset.allSatisfy { $0.end - $0.start >= .seconds(4 * 3_600) })
        }
    }

    @Test func `failures are found by their start, whatever the span`() {
        let plant = SimulatedPlant.pumpStation(seed: 3)
        let all = plant.failures(from: plant.historyStart, to: plant.liveStart)
        let middle = all[all.count / 2].start
        let before = plant.failures(from: plant.historyStart, to: middle)
        let after = plant.failures(from: middle, to: plant.liveStart)
        #expect(before + after == all)
        #expect(after.first?.start == middle)
    }

    @Test func `another start of the live part moves the plant with it`() {
        let liveStart = Instant.at("2031-02-03T04:05:06Z")
        let plant = SimulatedPlant.machineTools(seed: 1, liveStart: liveStart)
        #expect(plant.liveStart == Instant.at("2031-02-03T04:05:00Z"))
        #expect(plant.liveStart - plant.historyStart == .seconds(90 * 86_400))
        #expect(!plant.failures(from: plant.liveStart, to: plant.liveStart + .seconds(86_400)).isEmpty)
    }
}
