import Alarms
import ArgumentParser
import Plant
import Serving
import Storage
import Web

extension AlarmCommand {
    struct Accuracy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How right alarms were: precision by what people say, recall by recorded failures.",
            discussion: """
                What nobody judged and nobody recorded is unknown, and never counted as right. \
                Times without a zone are the schema's, as weeks and months are. \
                docs/accuracy.md says what each figure means.
                """
        )

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: "Tell apart by asset, version, rule, week or month.")
        var by: AccuracyGrouping?

        @Option(help: ArgumentHelp("Alarms raised from then on; 90 days where nothing is said.", valueName: "time"))
        var from: InstantArgument?

        @Option(help: ArgumentHelp("Alarms raised before then; now where nothing is said.", valueName: "time"))
        var to: InstantArgument?

        @Flag(help: "Print the figures as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let report: AccuracyReport
            do {
                let schema = try await stores.schemas.current(in: scope).map { try SchemaText.document($0.document) }?
                    .schema
                report = try await AccuracyReading(stores, in: scope, at: SystemTime().now)
                    .report(from: from?.instant(asIn: schema), to: to?.instant(asIn: schema), by: by)
            } catch let problem as SchemaProblem {
                throw CommandError(problem.description)
            }
            if json { return try Console.writeJSON(AccuracyDocument(report, by: by)) }
            Console.write(AccuracyText.whole(report, by: by))
        }
    }

    struct Attention: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which assets to look at first.",
            discussion: """
                Critical alarms first, then by the expected cost of a missed failure; what is out of service last. \
                Of an asset without a fresh prediction nothing is known; it is never taken for a sound one.
                """
        )

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: "How many, 1 to \(PageLimit.max).")
        var limit = 20

        @Flag(help: "Print them as JSON.")
        var json = false

        func validate() throws {
            guard (1...PageLimit.max).contains(limit) else {
                throw ValidationError("--limit must be from 1 to \(PageLimit.max)")
            }
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            let now = SystemTime().now
            let reading = AttentionReading(stores, in: scope, at: now)
            let ranking = try await reading.ranking(
                withoutPredictions: reading.obstacle(),
                predictEverySeconds: reading.predictEverySeconds()
            )
            if json { return try Console.writeJSON(AttentionDocument(ranking, limit: limit, at: now)) }
            if ranking.entries.isEmpty { Console.note("No asset has sent anything yet.") }
            for entry in ranking.entries.prefix(limit) { Console.write(AccuracyText.line(entry)) }
            if let rest = AccuracyText.rest(of: ranking, after: limit) { Console.note(rest) }
        }
    }
}

extension AccuracyGrouping: ExpressibleByArgument {}
