import Foundation
import FoundationXML
import Models
import Plant
import TestSupport
import Testing

@Suite struct ModelCardTests {
    private func report(quality: ModelManifest.Quality = .judged, feature: String = "x") -> ModelReport {
        let end = Instant.t0 + .seconds(14 * 86_400)
        let events = (1...12).map { FailureEvent(asset: "a", start: .t0 + .seconds($0 * 86_400)) }
        let watch = EpisodeEvaluation.Watch(
            spans: ["a": .t0...end],
            history: FailureHistory(failures: events, latestRow: end),
            horizon: .seconds(3_600)
        )
        let ranked = RankedRows(probabilities: [0.9, 0.8, 0.2, 0.1], outcomes: [true, false, true, false])
        return ModelReport(
            basis: .init(kind: .untouched, from: .t0, until: end, assets: 2, assetWeeks: 4),
            quality: quality,
            judgedFailures: 12,
            neededFailures: 20,
            threshold: 0.5,
            missedFailureCost: 50,
            falseAlarmCost: 1,
            ranking: Ranking(probabilities: [0.9, 0.8, 0.2, 0.1], outcomes: [true, false, true, false]),
            intervals: .init(prAUC: Interval(low: 0.4, high: 0.9), rocAUC: nil, brier: nil, eventRecall: nil),
            episodes: EpisodeEvaluation(raises: [], over: watch, costs: .init(missedFailure: 50, falseAlarm: 1)),
            precisionRecall: ranked.precisionRecallCurve(),
            calibration: ranked.calibrationBins,
            operatingPoints: [
                .init(threshold: 0.1, alarms: 60, caught: 10, falseAlarms: 50),
                .init(threshold: 0.5, alarms: 12, caught: 8, falseAlarms: 4),
            ],
            leadMinutes: [60, 120, 600],
            timeCoverage: 0.8,
            topFeatures: [.init(feature: feature, share: 0.5)],
            tags: [TagDistribution(tag: "silent", values: [.nan, .nan, 1])]
        )
    }

    private func card(_ report: ModelReport) throws -> ModelCard {
        let artifact = try SmallModel.artifact()
        return ModelCard(
            version: ModelArtifact.version(of: try artifact.bytes()),
            manifest: artifact.manifest,
            report: report
        )
    }

    @Test func `a card says what was judged, how sure it is, and what it can't judge`() throws {
        let html = try card(report()).html()
        for words in ["never saw", "(0.400 to 0.900)", "80.0 %", "Much from silent", "<svg", "judged on 12 failures"] {
            #expect(html.contains(words), "\(words)")
        }
        #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("<script"))
        let unsure = try card(report(quality: .cannotDetermine)).html()
        #expect(unsure.contains("CANNOT_DETERMINE") && unsure.contains("8 more failures are needed"))
    }

    @Test func `a tag's name is text, whatever is in it`() throws {
        let html = try card(report(feature: #"<script>alert("x")</script> & 'y'"#)).html(nonce: "n1")
        #expect(!html.contains("<script>"))
        #expect(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;"))
        #expect(html.contains(#"<style nonce="n1">"#))
    }

    @Test func `a page is well-formed`() throws {
        let html = try card(report()).html()
        let body =
            try #require(html.range(of: "<body>")).upperBound..<(try #require(html.range(of: "</body>")).lowerBound)
        let delegate = Counter()
        let parser = XMLParser(data: Data("<body>\(html[body])</body>".utf8))
        parser.delegate = delegate
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(delegate.charts == 4)
    }

    private final class Counter: NSObject, XMLParserDelegate {
        var charts = 0

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            if name == "svg" { charts += 1 }
        }
    }
}
