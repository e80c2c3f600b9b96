import Features
import Foundation
import Plant
import Testing

@Suite struct FeatureViewTests {
    private func schema() -> SignalSchema {
        SignalSchema(
            organization: "northwind",
            continuousColumns: ["x"],
            booleanColumns: ["b"],
            lagSeconds: [60, 600],
            rollingWindows: [300, 3_600]
        )
    }

    @Test func `features stand in the order of tags, lags and windows`() {
        let view = FeatureView(schema: schema())
        #expect(
            view.featureNames == [
                "x", "x_lag_60s", "x_lag_600s",
                "x_mean_300s", "x_std_300s", "x_min_300s", "x_max_300s", "x_slope_300s",
                "x_mean_3600s", "x_std_3600s", "x_min_3600s", "x_max_3600s", "x_slope_3600s",
                "b", "b_since_s", "b_fraction_300s", "b_rises_300s", "b_fraction_3600s", "b_rises_3600s",
            ]
        )
        #expect(view.count == 19)
        #expect(view.tagIndices == Array(repeating: 0, count: 13) + Array(repeating: 1, count: 6))
    }

    @Test func `the hash is the same on every machine`() {
        // printf 'feature view 1\ntag continuous 1 x\n...' | sha256sum
        let hash = FeatureView(schema: schema()).hash
        #expect(hash == "f06f9c8ed73d3e077316490fe676c05325dde6a0b2276da1f6ff0c8f5cd41a85")
    }

    @Test func `the hash covers all that a feature means and nothing else`() {
        let hash = FeatureView(schema: schema()).hash
        let changes: [(inout SignalSchema) -> Void] = [
            { $0.continuousColumns = ["y"] },
            { $0.booleanColumns = [] },
            {
                $0.continuousColumns = ["b"]; $0.booleanColumns = ["x"]
            },
            { $0.lagSeconds = [600, 60] },
            { $0.rollingWindows = [300] },
            { $0.staleAfterSeconds += 1 },
            { $0.sampleEverySeconds = 1 },
        ]
        for change in changes {
            var other = schema()
            change(&other)
            #expect(FeatureView(schema: other).hash != hash)
        }
        var other = schema()
        other.organization = "southwind"
        other.predictEverySeconds = 60
        other.allowedLatenessSeconds = 0
        other.horizonMinutes = 1
        #expect(FeatureView(schema: other).hash == hash)
    }

    @Test func `names that run into each other make different views`() {
        func view(_ columns: [String]) -> FeatureView {
            FeatureView(schema: SignalSchema(organization: "northwind", continuousColumns: columns))
        }
        #expect(view(["a", "b"]).hash != view(["a\ntag continuous 1 b"]).hash)
    }

    @Test func `a view is read back as it was written`() throws {
        let view = FeatureView(schema: schema())
        let data = try JSONEncoder().encode(view)
        #expect(try JSONDecoder().decode(FeatureView.self, from: data) == view)
    }

    @Test(arguments: [
        #""tags":[{"name":"b","kind":"boolean"},{"name":"x","kind":"continuous"}],"lagSeconds":[],"rollingWindows":[]"#,
        #""tags":[],"lagSeconds":[],"rollingWindows":[]"#,
        #""tags":[{"name":"x","kind":"continuous"}],"lagSeconds":[0],"rollingWindows":[]"#,
        #""tags":[{"name":"x","kind":"continuous"}],"lagSeconds":[],"rollingWindows":[60,60]"#,
        #""tags":[{"name":"x","kind":"continuous"}],"lagSeconds":[],"rollingWindows":[-60]"#,
    ])
    func `what makes no view is not read`(parts: String) {
        let text = "{\(parts),\"staleAfterSeconds\":0,\"sampleEverySeconds\":0}"
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(FeatureView.self, from: Data(text.utf8))
        }
    }

    @Test func `a short text whose parts multiply beyond all bounds is refused, and no feature is named`() throws {
        let tags = (0..<2_000).map { #"{"name":"t\#($0)","kind":"continuous"}"# }.joined(separator: ",")
        let windows = (1...2_000).map { "\($0)" }.joined(separator: ",")
        let text = """
            {"tags":[\(tags)],"lagSeconds":[],"rollingWindows":[\(windows)],"staleAfterSeconds":0,"sampleEverySeconds":0}
            """
        let error = try #require(throws: DecodingError.self) {
            try JSONDecoder().decode(FeatureView.self, from: Data(text.utf8))
        }
        #expect("\(error)".contains("more than \(FeatureView.countMax) features"))
    }
}
