import Alarms
import Features
import Plant
import Testing

@Suite struct ExplanationSentenceTests {
    private static let view = FeatureView(
        schema: SignalSchema(
            organization: "harbor",
            continuousColumns: ["vibration", "temperature"],
            booleanColumns: ["leak"],
            lagSeconds: [3_600],
            rollingWindows: [10_800]
        )
    )
    private static let now = Instant(seconds: 1_000_000)

    private func fact(
        _ feature: String,
        _ value: Double?,
        usual: ClosedRange<Double>?,
        share: Double = 1,
        hours: Double? = nil,
        isAtLeast: Bool = false
    ) -> FeatureFact {
        let place = Self.view.featureNames.firstIndex(of: feature) ?? 0
        let usual = usual.map {
            UsualValue(centre: ($0.lowerBound + $0.upperBound) / 2, spread: ($0.upperBound - $0.lowerBound) / 6)
        }
        return FeatureFact(
            feature: feature,
            tag: Self.view.tags[Self.view.tagIndices[place]].name,
            share: share,
            value: value,
            usual: usual,
            since: hours.map { Self.now - .seconds($0 * 3_600) },
            isSinceAtLeast: isAtLeast
        )
    }

    private func text(_ facts: [FeatureFact], tags: [String] = [], component: String? = "bearing") -> String? {
        ExplanationSentence.text(
            asset: "Pump 3",
            component: component,
            facts: facts,
            tags: tags,
            meanings: Dictionary(uniqueKeysWithValues: zip(Self.view.featureNames, Self.view.meanings)),
            at: Self.now
        )
    }

    @Test func `it says what is unusual, by how much, and since when`() {
        let said = text([fact("vibration_mean_10800s", 4.8, usual: 1.4...2.6, hours: 31)])
        #expect(said == "Pump 3's bearing: vibration over the last 3 h is 2.4 times its usual; 31 h since it rose")
    }

    @Test(arguments: [
        // A ratio of what is not far from its usual says nothing.
        ("temperature", 872.0, 849.0...851.0, "temperature is 22 above its usual 850"),
        // Nor does one of what may be below 0.
        ("temperature_mean_10800s", 9.0, -1.0...3.0, "temperature over the last 3 h is 8 above its usual 1"),
        ("temperature_min_10800s", 2.0, 7.0...9.0, "temperature's lowest over the last 3 h is 0.25 times its usual"),
        ("vibration_lag_3600s", 2.0, 1.0...3.0, "vibration 60 min before is 2, as usual"),
        ("vibration_std_10800s", 0.6, 0.1...0.3, "vibration's swing over the last 3 h is 3 times its usual"),
        (
            "vibration_slope_10800s", 0.001, -0.0001...0.0001,
            "vibration climbs by 3.6 per hour over the last 3 h, usually level"
        ),
        (
            "vibration_slope_10800s", -0.001, -0.0006...0.0001,
            "vibration falls by 3.6 per hour over the last 3 h, usually falls by 0.9 per hour"
        ),
        ("vibration_slope_10800s", 0.0, 0.0...0.0, "vibration is level over the last 3 h, usually level"),
        (
            "vibration_slope_10800s", 0.0, -0.002 ... -0.001,
            "vibration is level over the last 3 h, usually falls by 5.4 per hour"
        ),
        ("leak", 1.0, 0.0...0.0, "leak is on, usually off"), ("leak_since_s", 0, 0.0...9e9, "leak is on"),
        ("leak_since_s", 7_200, 0.0...9e9, "leak was last on 2 h ago"),
        ("leak_since_s", 150, 0.0...9e9, "leak was last on 2.5 min ago"),
        ("leak_since_s", 120, 0.0...9e9, "leak was last on 2 min ago"),
        ("leak_since_s", 690, 0.0...9e9, "leak was last on 12 min ago"),
        ("leak_fraction_10800s", 0.4, 0.0...0.04, "leak was on 40 % of the last 3 h, usually 2 %"),
        ("leak_rises_10800s", 4, 0.0...0.0, "leak came on 4 times over the last 3 h, usually 0"),
    ])
    func `each feature is told in its own words`(
        feature: String,
        value: Double,
        usual: ClosedRange<Double>,
        expected: String
    ) {
        #expect(text([fact(feature, value, usual: usual)], component: nil) == "Pump 3: \(expected)")
    }

    @Test(
        arguments: [
            (
                "vibration_max_10800s", 6, 1...3,
                "vibration's highest over the last 3 h is 3 times its usual; 2 h since it rose"
            ),
            (
                "vibration_std_10800s", 0.6, 0.1...0.3,
                "vibration's swing over the last 3 h is 3 times its usual; so for 2 h"
            ),
            (
                "vibration_slope_10800s", -0.0005, -0.0025 ... -0.0015,
                "vibration falls by 1.8 per hour over the last 3 h, usually falls by 7.2 per hour; so for 2 h"
            ),
            ("leak", 1, 0...0, "leak is on, usually off; so for 2 h"),
            ("leak_rises_10800s", 4, 0...0, "leak came on 4 times over the last 3 h, usually 0; so for 2 h"),
            ("leak_since_s", 0, 300...900, "leak is on; so for 2 h"),
            // It says itself since when.
            ("leak_since_s", 7_800, 0...900, "leak was last on 2.2 h ago"),
        ] as [(String, Double, ClosedRange<Double>, String)]
    )
    func `only a level rises or falls, and what is told of a tag otherwise is so for a while`(
        feature: String,
        value: Double,
        usual: ClosedRange<Double>,
        expected: String
    ) {
        #expect(text([fact(feature, value, usual: usual, hours: 2)], component: nil) == "Pump 3: \(expected)")
    }

    @Test func `what is missing, or has no usual value, is not made up`() {
        #expect(text([fact("vibration", nil, usual: 1...3)], component: nil) == "Pump 3: vibration is missing")
        #expect(text([fact("vibration", 4.25, usual: nil)], component: nil) == "Pump 3: vibration is 4.25")
        #expect(text([fact("leak_since_s", nil, usual: nil)], component: nil) == "Pump 3: leak has never been on")
    }

    @Test func `what speaks against the alarm is no reason for it`() {
        #expect(text([fact("vibration", 9, usual: 1...3, share: -1)]) == nil)
        #expect(text([]) == nil)
    }

    @Test func `a second tag is told where it weighs half as much, and a longer past than is known is said to be so`() {
        let lead = fact("vibration", 9, usual: 1...3, share: 2, hours: 50, isAtLeast: true)
        let also = fact("temperature", 70, usual: 59...61, share: 1, hours: 2)
        let less = fact("temperature", 70, usual: 59...61, share: 0.9, hours: 2)
        let one = "Pump 3's bearing: vibration is 4.5 times its usual; so for at least 2.1 days"
        #expect(text([lead, less]) == one)
        #expect(text([lead, also]) == one + "; also temperature is 10 above its usual 60")
    }

    @Test func `of a tag's features the unusual one is told before one that merely weighs more`() {
        let heavy = fact("vibration_min_10800s", 2, usual: 1...3, share: 2)
        let unusual = fact("vibration_max_10800s", 6, usual: 1...3, share: 1.5, hours: 4)
        #expect(
            text([heavy, unusual])
                == "Pump 3's bearing: vibration's highest over the last 3 h is 3 times its usual; 4 h since it rose"
        )
    }

    @Test func `the tag whose features weigh most together is told before one whose single feature does`() {
        let single = fact("temperature", 70, usual: 59...61, share: 2, hours: 2)
        let parts = fact("vibration", 9, usual: 1...3, share: 1.5, hours: 4)
        let told = text([single, parts], tags: ["vibration", "temperature"])
        #expect(told?.hasPrefix("Pump 3's bearing: vibration is 4.5 times its usual; 4 h since it rose; also") == true)
    }
}
