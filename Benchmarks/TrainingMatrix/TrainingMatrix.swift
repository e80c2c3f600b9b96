import Alarms
import Connectors
import Features
import Foundation
import LightGBM
import Models
import ONNXRuntime
import Plant
import Training

/// What training costs: LightGBM's own part, on a matrix that Python trains on too, and a whole run's memory.
///
/// `grow FILE ROWS COLUMNS TREES THREADS` bins and trains on a file of Float32 rows whose first value is the label;
/// `run ROWS` trains a whole model of so many rows of 150 features. Both print a line of JSON.
@main
struct TrainingMatrix {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.compactMap { Int($0) }
        switch (arguments.first, numbers.count) {
        case ("grow", 4): try grow(file: Array(arguments)[1], numbers[0], numbers[1], trees: numbers[2], numbers[3])
        case ("run", 1): try run(rows: numbers[0])
        default: throw Wrong(description: "grow FILE ROWS COLUMNS TREES THREADS, or run ROWS")
        }
    }

    struct Wrong: Error, CustomStringConvertible { let description: String }

    private static func grow(file: String, _ rows: Int, _ columns: Int, trees: Int, _ threads: Int) throws {
        let library = try LightGBMLibrary.load()
        guard let handle = FileHandle(forReadingAtPath: file) else { throw Wrong(description: "no file \(file)") }
        let width = (columns + 1) * 4
        var labels = [Float](repeating: 0, count: rows)
        func read(_ numbers: [Int]) throws -> [Float] {
            var values: [Float] = []
            values.reserveCapacity(numbers.count * columns)
            var index = 0
            while index < numbers.count {
                var end = index + 1
                while end < numbers.count, numbers[end] == numbers[end - 1] + 1 { end += 1 }
                try handle.seek(toOffset: UInt64(numbers[index] * width))
                let data = try handle.read(upToCount: (end - index) * width) ?? Data()
                data.withUnsafeBytes { bytes in
                    let floats = bytes.bindMemory(to: Float.self)
                    for row in 0..<end - index {
                        labels[numbers[index + row]] = floats[row * (columns + 1)]
                        values.append(contentsOf: floats[row * (columns + 1) + 1..<(row + 1) * (columns + 1)])
                    }
                }
                index = end
            }
            return values
        }
        let parameters = Parameters([
            "objective": "binary", "learning_rate": "0.04", "num_leaves": "12", "min_data_in_leaf": "20",
            "feature_fraction": "0.3", "bagging_fraction": "0.8", "bagging_freq": "1", "lambda_l2": "1", "seed": "1",
            "deterministic": "true", "force_row_wise": "true", "num_threads": String(threads), "verbosity": "-1",
        ])
        let clock = ContinuousClock()
        let start = clock.now
        var dataset = try Dataset(library, rows: rows, columns: columns, parameters: parameters, reader: read)
        try dataset.setLabels(labels)
        let binned = clock.now
        var booster = try Booster(training: dataset, parameters: parameters)
        for _ in 0..<trees where try booster.update() { break }
        let grown = clock.now
        let text = try booster.modelText()
        try text.write(toFile: file + ".swift.txt", atomically: true, encoding: .utf8)
        report(["binning": seconds(start, binned), "growing": seconds(binned, grown), "all": seconds(start, grown)])
    }

    /// 25 tags of one window: 150 features a row.
    private static func run(rows: Int) throws {
        let tags = (0..<25).map { "t\($0)" }
        let document = try SchemaFile.parse(
            """
            organization: benchmark
            timestampColumn: time
            timeZone: UTC
            assetColumn: machine
            continuousColumns: [\(tags.joined(separator: ", "))]
            rollingWindows: [3600]
            horizonMinutes: 1440
            """,
            path: "schema.yaml"
        )
        let machines = 40
        let each = rows / machines
        var builder = DatasetBuilder(schema: document.schema, view: .init(schema: document.schema))
        var chance = SplitMix64(seed: 1)
        var failures: [FailureEvent] = []
        let clock = ContinuousClock()
        let start = clock.now
        for machine in 0..<machines {
            for row in 0..<each {
                let instant = Instant(seconds: 1_700_000_000 + Int64(row) * 300)
                let phase = (row + machine * 617) % 5_000
                if phase == 0, row > 0 { failures.append(FailureEvent(asset: "m\(machine)", start: instant)) }
                let wear = max(0, Double(phase - 4_600) / 400)
                let values = (0..<25).map { tag in
                    Double(chance.next() >> 40) / 1e6 + (tag < 4 ? 6 * wear : 0)
                }
                try builder.add(Sample(asset: "m\(machine)", instant: instant, values: values))
            }
        }
        let data = try builder.finish(failures: failures)
        let derived = clock.now
        let derivedMemory = peakMebibytes
        var growth = Growth()
        growth.treesMax = 10
        let artifact = try TrainingRun(
            document: document,
            growth: growth,
            lightGBM: LightGBMLibrary.load(),
            runtime: ONNXRuntimeLibrary.load()
        ).artifact(from: data)
        report([
            "rows": Double(data.rows.count), "features": Double(data.view.count),
            "deriving": seconds(start, derived), "training": seconds(derived, clock.now),
            "peak while deriving (MiB)": derivedMemory, "peak (MiB)": peakMebibytes,
            "share of the Float64 matrix (%)": peakMebibytes * 1_048_576 * 100
                / Double(data.rows.count * data.view.count * 8),
            "failures judged": Double(artifact.manifest.episodes.episodes),
        ])
    }

    private static func seconds(_ start: ContinuousClock.Instant, _ end: ContinuousClock.Instant) -> Double {
        Double((end - start).microseconds) / 1e6
    }

    /// The most that was ever resident, by the kernel's account.
    private static var peakMebibytes: Double {
        let text = FileManager.default.contents(atPath: "/proc/self/status").map { String(decoding: $0, as: UTF8.self) }
        let line = text?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return Double(line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1_024
    }

    private static func report(_ figures: [String: Double]) {
        let text = figures.sorted { $0.key < $1.key }.map { "\"\($0)\": \(($1 * 1_000).rounded() / 1_000)" }
        FileHandle.standardOutput.write(Data("{\(text.joined(separator: ", "))}\n".utf8))
    }
}
