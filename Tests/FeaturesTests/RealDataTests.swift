import Features
import Foundation
import Plant
import Testing

/// Public data of real and simulated plants, read where it is to be had.
enum RealData {
    /// `EAGLE_DATA`, or `shared/data` in a folder above.
    static let folder: URL? = {
        if let path = ProcessInfo.processInfo.environment["EAGLE_DATA"] { return URL(fileURLWithPath: path) }
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let data = folder.appendingPathComponent("shared/data")
            if FileManager.default.fileExists(atPath: data.path) { return data }
        }
        return nil
    }()

    /// A file's samples by asset, in order of time, for a schema whose columns are the file's own.
    static func samples(
        _ name: String,
        schema: SignalSchema,
        where isWanted: (String) -> Bool = { _ in true }
    ) throws -> [String: [Sample]] {
        let lines = try text(name).split(separator: "\n")
        let columns = lines[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var mapper = try SignalMapper(schema: schema, zone: .utc, columns: columns)
        let assetColumn = schema.assetColumn.flatMap { columns.firstIndex(of: $0) }
        var samples: [String: [Sample]] = [:]
        for line in lines.dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            if let assetColumn, !isWanted(String(fields[assetColumn])) { continue }
            let outcome = mapper.map(fields.map { $0.isEmpty ? .missing : .text(String($0)) })
            guard case .reading(let reading) = outcome else { throw CocoaError(.fileReadCorruptFile) }
            samples[reading.asset, default: []].append(Sample(reading))
        }
        return samples.mapValues { $0.sorted { $0.instant < $1.instant } }
    }

    private static func text(_ name: String) throws -> String {
        guard let file = folder?.appendingPathComponent(name) else { throw CocoaError(.fileNoSuchFile) }
        guard name.hasSuffix(".gz") else { return try String(contentsOf: file, encoding: .utf8) }
        let gzip = Process()
        let output = Pipe()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        gzip.arguments = ["-dc", file.path]
        gzip.standardOutput = output
        try gzip.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        gzip.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

@Suite(.enabled(if: RealData.folder != nil, "set EAGLE_DATA to the folder with azure-pdm and skab"))
struct RealDataTests {
    /// Streams all samples, and holds every `stride`-th row against its definition.
    private func differences(_ samples: [String: [Sample]], schema: SignalSchema, stride: Int) -> [String] {
        let view = FeatureView(schema: schema)
        var engine = FeatureEngine(view: view, predictEverySeconds: 0, allowedLateness: .zero)
        var computed: [[Float]] = []
        var expected: [[Double]] = []
        var matrix = FeatureMatrix(columnCount: view.count)
        var number = 0
        for (_, samples) in samples.sorted(by: { $0.key < $1.key }) {
            let reference = ReferenceFeatures(view: view, samples: samples)
            var index = -1
            for sample in samples {
                let arrival = engine.insert(sample, into: &matrix)
                if arrival != .repeated, arrival != .conflicting { index += 1 }
                guard arrival == .row else { continue }
                number += 1
                guard number.isMultiple(of: stride) else { continue }
                computed.append(Array(matrix[matrix.rowCount - 1]))
                expected.append(reference.features(at: index))
            }
        }
        #expect(matrix.rowCount > 500)
        return FeaturesTests.differences(computed, expected, names: view.featureNames)
    }

    private func azure(_ continuous: [String], lags: [Int], windows: [Int], staleAfter: Int) -> SignalSchema {
        var schema = SignalSchema(
            organization: "azure",
            assetColumn: "machine",
            continuousColumns: continuous + ["model", "age"],
            booleanColumns: (1...4).map { "comp\($0)_replaced" },
            lagSeconds: lags,
            rollingWindows: windows
        )
        schema.staleAfterSeconds = staleAfter
        return schema
    }

    @Test func `a fleet's daily rows with events between them`() throws {
        let day = 86_400
        let schema = azure(
            ["volt_mean", "rotate_mean", "pressure_mean", "vibration_mean"],
            lags: [day, 2 * day, 3 * day],
            windows: [3 * day, 7 * day, 14 * day],
            staleAfter: day
        )
        let samples = try RealData.samples("azure-pdm/readings_daily.csv.gz", schema: schema) { $0.hasSuffix("1") }
        #expect(differences(samples, schema: schema, stride: 5) == [])
    }

    @Test func `a fleet's hourly rows with gaps of weeks`() throws {
        let hour = 3_600
        let schema = azure(
            ["volt", "rotate", "pressure", "vibration"],
            lags: [hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour],
            windows: [3 * hour, 6 * hour, 12 * hour, 24 * hour, 48 * hour],
            staleAfter: 2 * hour
        )
        let samples = try RealData.samples("azure-pdm/readings_hourly.csv.gz", schema: schema) {
            ["6", "80"].contains($0)
        }
        #expect(differences(samples, schema: schema, stride: 4) == [])
    }

    @Test func `a pump's rows second by second`() throws {
        let columns = [
            "Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature", "Thermocouple", "Voltage",
        ]
        let schema = SignalSchema(
            organization: "skab",
            timestampColumn: "datetime",
            continuousColumns: columns + ["VolumeFlowRateRMS"],
            lagSeconds: [10, 60],
            rollingWindows: [30, 300]
        )
        let samples = try RealData.samples("skab/valve1/0.csv", schema: schema)
        #expect(differences(samples, schema: schema, stride: 3) == [])
    }
}
