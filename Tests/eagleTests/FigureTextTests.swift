import Alarms
import FoundationEssentials
import Models
import Plant
import Testing

@testable import eagle

/// Figures as they are printed.
@Suite struct FigureTextTests {
    private func text(
        _ annunciations: Int,
        operators: Int = 1,
        accounts: Int? = nil,
        acknowledged: Int = 0
    ) -> String {
        var quality = AlarmQuality(
            from: Instant(seconds: 1_767_225_600),
            to: Instant(seconds: 1_767_312_000),
            operators: operators,
            operatorAccounts: accounts
        )
        for number in 0..<annunciations {
            let at = Instant(seconds: 1_767_225_600)
            let raised = Alarm(
                id: ID(UUID()),
                asset: "m\(number)",
                condition: .rule("hot"),
                type: .warning,
                state: .unacknowledged,
                raisedAt: at,
                causes: [AlarmCause(source: .rule("hot"), type: .warning, since: at, message: "hot")]
            )
            quality.note(AlarmTransition(alarm: raised, change: .raised, at: at), told: at)
            guard number < acknowledged else { continue }
            let known = AlarmTransition(alarm: raised, change: .acknowledged, at: at + .seconds(10), by: "ann")
            quality.note(known, told: at + .seconds(10))
        }
        return AlarmQualityText.text(quality.report())
    }

    @Test func `what waits is told, and nobody's answer is no time`() {
        #expect(
            text(502, acknowledged: 2).contains("acknowledged         2 of 502, half not yet, nine of ten not yet\n")
        )
        #expect(text(10, acknowledged: 8).contains("8 of 10, half within 10 s, nine of ten not yet\n"))
        #expect(text(10, acknowledged: 9).contains("9 of 10, half within 10 s, nine of ten within 10 s\n"))
        #expect(text(5).contains("acknowledged         none of 5 yet\n"))
        #expect(text(0).contains("acknowledged         nothing called for it\n"))
    }

    @Test func `one is one, and who shares the load is told as it is known`() {
        #expect(text(1).hasPrefix("1 annunciation, "))
        #expect(text(2).hasPrefix("2 annunciations, "))
        #expect(text(1, operators: 3).contains(", for 3 operators\n"))
        #expect(text(1, operators: 12, accounts: 12).contains(", shared by 12 operator accounts\n"))
        #expect(text(1, accounts: 1).contains(", shared by 1 operator account\n"))
        #expect(text(1, accounts: 0).contains(", as if for one operator: no account is an operator's\n"))
    }

    @Test func `counts are whole numbers, and no verdict is belied by rounding`() {
        #expect(AlarmQualityText.number(12_345) == "12345" && AlarmQualityText.number(0) == "0")
        #expect(AlarmQualityText.number(2.5) == "2.5" && AlarmQualityText.number(1_234.5678) == "1235")
        for (share, value, target) in [
            (0.0104, "1.04 %", "1.00 %"), (0.012, "1.2 %", "1.0 %"), (0.01, "1.0 %", "1.0 %"),
        ] {
            let shown = AlarmQualityText.apart(share, 0.01, AlarmQualityText.percent)
            #expect(shown.value == value && shown.target == target)
        }
        #expect(AlarmQualityText.apart(10.0004, 10, AlarmQualityText.number).value == "10.0004")
    }

    @Test(arguments: [
        (300, "100 %"), (299, "over 99 %"), (1, "under 1 %"), (0, "0 %"), (297, "99 %"), (3, "1 %"),
    ])
    func `all are all, and none is none`(count: Int, expected: String) {
        #expect(AccuracyText.percent(Double(count) / 300) == expected)
    }

    @Test(arguments: [(0, "0.00"), (0.002, "0.0020"), (0.05, "0.050"), (1.5, "1.50"), (12.345, "12.35")])
    func `what is rare is no nothing`(rate: Double, expected: String) {
        #expect(AccuracyText.rate(rate) == expected)
    }

    @Test func `a date without a zone is the schema's, as weeks and months are`() throws {
        let argument = try #require(InstantArgument(argument: "2026-01-01"))
        func schema(_ zone: String?) -> SignalSchema {
            var schema = SignalSchema(organization: "x", continuousColumns: ["t"])
            schema.timeZone = zone
            return schema
        }
        #expect(try argument.instant(asIn: schema("Europe/Berlin")) == Instant("2025-12-31T23:00:00Z"))
        #expect(try argument.instant(asIn: schema(nil)) == Instant("2026-01-01T00:00:00Z"))
        #expect(try argument.instant(asIn: nil) == argument.instant)
        let exact = try #require(InstantArgument(argument: "2026-01-01T00:00:00Z"))
        #expect(try exact.instant(asIn: schema("Europe/Berlin")) == Instant("2026-01-01T00:00:00Z"))
        let skipped = try #require(InstantArgument(argument: "2026-03-29T02:30:00"))
        #expect(throws: (any Error).self) { try skipped.instant(asIn: schema("Europe/Berlin")) }
    }
}
