import Alarms
import ArgumentParser
import Connectors
import Models
import Plant
import Training

/// The files that most commands begin with.
struct InputFiles: ParsableArguments {
    @Option(help: ArgumentHelp("Readings, CSV with a header; .gz is unpacked.", valueName: "csv"))
    var readings: String

    @Option(help: ArgumentHelp("Failures: asset,timestamp,component and optionally end.", valueName: "csv"))
    var failures: String?

    /// Readings in order of asset and time, and all failures: of the file, and of the target column.
    func load(
        schema: SignalSchema,
        progress: @escaping TrainingProgressHandler
    ) throws -> (readings: [Reading], failures: [FailureEvent], report: ReadingsFile.Report) {
        try Self.load(readings: readings, failures: failures, schema: schema, progress: progress)
    }

    static func load(
        readings: String,
        failures: String?,
        schema: SignalSchema,
        progress: @escaping TrainingProgressHandler
    ) throws -> (readings: [Reading], failures: [FailureEvent], report: ReadingsFile.Report) {
        let file = try ReadingsFile.load(path: readings, schema: schema) { read, total in
            progress(TrainingProgress(.readingRows, done: Int(read), total: Int(total)))
        }
        ProgressBar.clearLine()
        tell(file.report, path: readings)
        var events = try failures.map { try FailuresFile.load(path: $0, schema: schema) } ?? []
        if schema.targetColumn != nil { events += FailureEvent.runs(in: file.readings) }
        return (file.readings, events, file.report)
    }

    static func tell(_ report: ReadingsFile.Report, path: String) {
        if !report.missingColumns.isEmpty {
            let columns = report.missingColumns.joined(separator: ", ")
            Console.note("warning: \(path) has no column \(columns): their values are missing")
        }
        if let target = report.missingTarget {
            Console.note("warning: \(path) has no target column \(target): no failures are taken from it")
        }
        if report.conflicting > 0 {
            Console.note("warning: \(report.conflicting) rows repeat a time with other values: the first one stands")
        }
        if report.quarantined > 0 {
            Console.note("warning: \(report.quarantined) rows have no place in time and are left out:")
            for row in report.quarantinedRows { Console.note("  \(path):\(row.line): \(row.reason)") }
        }
    }
}

/// An instant on the command line: RFC 3339, or a date or time without a zone.
struct InstantArgument: ExpressibleByArgument {
    /// What names no zone taken as UTC.
    let instant: Instant
    private let text: String

    init?(argument: String) {
        guard let instant = Instant(argument) ?? Instant(argument + "Z") else { return nil }
        self.instant = instant
        text = argument
    }

    /// What names no zone taken as a schema's zone's, whose clocks its weeks and months go by too; without one, as UTC.
    ///
    /// A date begins when its first hour does, be it not midnight.
    ///
    /// - Throws: `ValidationError` for a time that its clocks were put forward over.
    func instant(asIn schema: SignalSchema?) throws -> Instant {
        guard let zone = try schema?.zoneOffsets() else { return instant }
        var clock = LocalClock(zone: zone, policy: .earlier, lateness: .zero)
        switch clock.instant(of: text, asset: Asset.onlyName) {
        case .success(let instant): return instant
        case .failure(let failure):
            if case .skipped = failure, text.utf8.count == 10 {
                for hour in 1..<24 {
                    let time = "\(text)T\(hour < 10 ? "0" : "")\(hour):00:00"
                    if case .success(let instant) = clock.instant(of: time, asset: Asset.onlyName) { return instant }
                }
            }
            throw ValidationError(failure.reason(text))
        }
    }
}
