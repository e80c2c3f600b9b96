import Foundation
import TestSupport
import Testing

/// What a user meets who gives something wrong.
@Suite struct CommandTests {
    private let schema = """
        organization: harbor
        timestampColumn: time
        assetColumn: pump
        timeZone: UTC
        continuousColumns: [pressure]
        rollingWindows: [3600]
        horizonMinutes: 600
        """

    @Test func `an unknown zone is named with its place in the file and a near one`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(schema.replacingOccurrences(of: "UTC", with: "Asia/Calcuta"), to: "schema.yaml")
        let csv = try folder.write("time,pump,pressure\n", to: "r.csv")
        let outcome = try EagleProcess.run(
            ["features", "--schema", path, "--readings", csv, "--output", folder.path("f.csv")]
        )
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("schema.yaml:4:"))
        #expect(outcome.errors.contains("Asia/Calcuta"))
        #expect(outcome.errors.contains("Asia/Kolkata") || outcome.errors.contains("Asia/Calcutta"))
    }

    @Test func `a broken row is named by line, and nothing is written`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(schema, to: "schema.yaml")
        let csv = try folder.write("time,pump,pressure\n2026-01-01 00:00:00,p,5\n2026-01-01 00:01:00,p\n", to: "r.csv")
        let outcome = try EagleProcess.run(
            ["features", "--schema", path, "--readings", csv, "--output", folder.path("f.csv")]
        )
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("r.csv:3"))
        #expect(!FileManager.default.fileExists(atPath: folder.path("f.csv")))
    }

    @Test(arguments: ["EAGLE_ONNXRUNTIME", "EAGLE_LIGHTGBM"])
    func `a missing library is named, with how to get it`(variable: String) throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(schema, to: "schema.yaml")
        let csv = try folder.write("time,pump,pressure\n2026-01-01 00:00:00,p,5\n", to: "r.csv")
        let outcome = try EagleProcess.run(
            ["train", "--schema", path, "--readings", csv, "--output", folder.path("m.eaglemodel")],
            environment: [variable: "/nonexistent/library.so"]
        )
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("/nonexistent/library.so"))
        #expect(outcome.errors.contains("make deps"))
    }

    @Test func `a corrupt model is found wanting`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write([UInt8](repeating: 7, count: 2_048), to: "m.eaglemodel")
        let outcome = try EagleProcess.run(["model", "verify", path])
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("not a whole .eaglemodel"))
    }

    @Test func `wrong use is 2 and shows the right one, help is 0`() throws {
        #expect(try EagleProcess.run(["train"]).status == 2)
        #expect(try EagleProcess.run(["fly"]).status == 2)
        let help = try EagleProcess.run(["--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("backtest"))
    }

    @Test func `features come out by name, quietly in a pipe`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(schema, to: "schema.yaml")
        let csv = try folder.write(
            "time,pump,pressure\n2026-01-01 00:00:00,p,5\n2026-01-01 00:30:00,p,7\n",
            to: "r.csv"
        )
        let outcome = try EagleProcess.run(
            ["features", "--schema", path, "--readings", csv, "--output", folder.path("f.csv")]
        )
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
        #expect(!outcome.errors.contains("█"))
        let lines = String(decoding: try folder.bytes("f.csv"), as: UTF8.self).split(separator: "\n")
        let names = ["mean", "std", "min", "max", "slope"].map { "pressure_\($0)_3600s" }
        #expect(lines[0].split(separator: ",").map(String.init) == ["asset", "timestamp", "pressure"] + names)
        #expect(lines.count == 3)
        #expect(lines.last?.hasPrefix("p,2026-01-01T00:30:00Z,7,6,1.4142135,5,7,0.0011111") ?? false)
    }

    @Test(arguments: ["-1", "65536", "http"])
    func `a port that is none is wrong use`(port: String) throws {
        let folder = try TemporaryDirectory()
        let outcome = try EagleProcess.run(["serve", "--data", folder.path("data"), "--port", port])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--port"))
        #expect(!FileManager.default.fileExists(atPath: folder.path("data")))
    }

    @Test func `a result that finds no room is an error, not silence`() throws {
        let outcome = try EagleProcess.run(["--help"], outputPath: "/dev/full")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("standard output can't be written"))
    }

    @Test func `predict tells which rows it could not read, and predicts the others`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(schema + "\n", to: "schema.yaml")
        var (rows, failures) = ("time,pump,pressure\n", "asset,timestamp,component\n")
        for hour in 0..<2_000 {
            let time = time(hour: hour)
            rows += "\(time),p,\(hour % 50 < 40 ? 5 : 9)\n"
            if hour % 50 == 0, hour > 0 { failures += "p,\(time),seal\n" }
        }
        let csv = try folder.write(rows, to: "r.csv")
        let events = try folder.write(failures, to: "f.csv")
        let model = folder.path("m.eaglemodel")
        let trained = try EagleProcess.run(
            ["train", "--schema", path, "--readings", csv, "--failures", events, "--output", model]
        )
        #expect(trained.status == 0, "\(trained.errors)")
        let mixed = try folder.write("time,pump,pressure\n\(time(hour: 1)),p,9\nsoon,p,9\n", to: "mixed.csv")
        let output = folder.path("p.csv")
        let outcome = try EagleProcess.run(["predict", "--model", model, "--readings", mixed, "--output", output])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("1 rows have no place in time"))
        #expect(outcome.errors.contains("mixed.csv:3"))
        // A link's file is written, and the link stays one.
        let link = folder.path("link.eaglemodel")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: model)
        let early = try EagleProcess.run(
            [
                "train", "--schema", path, "--readings", csv, "--failures", events, "--until", "2020-01-01", "--output",
                link,
            ]
        )
        #expect(early.status == 1)
        #expect(early.errors.contains("all rows lie after 2020-01-01"))
        let again = try EagleProcess.run(
            ["train", "--schema", path, "--readings", csv, "--failures", events, "--output", link]
        )
        #expect(again.status == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == model)
        #expect(String(decoding: try folder.bytes("p.csv"), as: UTF8.self).split(separator: "\n").count == 2)
    }

    @Test func `a second server on the same data is refused`() throws {
        let folder = try TemporaryDirectory()
        let first = try EagleServer(data: folder.path("data"))
        defer { first.kill() }
        let second = try EagleProcess.run(["serve", "--data", folder.path("data"), "--port", "0"])
        #expect(second.status == 1)
        #expect(second.errors.contains("another eagle serves"))
    }

    private func time(hour: Int) -> String {
        let (day, hour) = hour.quotientAndRemainder(dividingBy: 24)
        let (month, date) = day.quotientAndRemainder(dividingBy: 28)
        func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "2026-\(digits(month + 1))-\(digits(date + 1)) \(digits(hour)):00:00"
    }
}
