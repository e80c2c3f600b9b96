import Testing

@testable import Verification

/// A report is green only where something was shown.
@Suite struct ReportTests {
    private func row(_ statuses: [Aim: [String]]) -> IsolationReport.Row {
        var row = IsolationReport.Row(operation: "getAlarm", method: "GET", path: "/api/v1/alarms/{id}")
        row.requestCount = statuses.count
        row.statuses = Dictionary(uniqueKeysWithValues: statuses.map { ($0.key.rawValue, $0.value) })
        return row
    }

    @Test func `an operation that was answered by nothing but evasions was not reached`() {
        for status in ["401", "429", "503"] {
            let evaded = row([.unproven: ["401"], .own: [status], .foreignPath: [status]])
            #expect(evaded.silence(isOpen: false)?.contains(status) ?? false)
            #expect(evaded.silence(isOpen: true) == nil)
        }
        #expect(row([.unproven: ["401"], .own: ["503"], .foreignPath: ["404"]]).silence(isOpen: false) == nil)
    }

    @Test func `an operation that only nobody in particular asked for was not reached`() {
        #expect(row([.unproven: ["401"]]).silence(isOpen: false) != nil)
        #expect(row([:]).silence(isOpen: true) != nil)
    }

    @Test func `a report is not proven by operations alone where more was to be looked through`() {
        var report = IsolationReport(server: "http://127.0.0.1:9", verifierVersion: "1", startedAt: "")
        var walked = row([.unproven: ["401"], .own: ["200"]])
        report.operations = [walked]
        #expect(report.isIsolated)
        report.unsearched = ["server.log gained nothing meanwhile"]
        #expect(!report.isIsolated && !report.isWhole)
        #expect(report.verdict == "Not proven: server.log gained nothing meanwhile.")
        #expect(ReportText.text(report, .markdown).contains("- server.log gained nothing meanwhile"))
        walked.unreached = "no request could be made of it"
        report.operations = [walked]
        #expect(report.verdict.hasPrefix("Not proven: 1 of 1 operations were not reached; server.log"))
    }

    @Test func `a rate's use and a session's end change by themselves, and nothing else of them does`() {
        func view(use: Int, models: Int, expiresAt: String, address: String) -> View {
            var view = View()
            let quotas: JSONValue = [
                "quotas": [
                    ["name": "requestsPerSecond", "burst": 9, "limit": 9, "use": .number(Double(use))],
                    ["name": "models", "limit": 9, "use": .number(Double(models))],
                ]
            ]
            view.note(APIAnswer(status: 200, body: quotas.json), of: "GET /api/v1/quota")
            let sessions: JSONValue = ["items": [["expiresAt": .text(expiresAt), "address": .text(address)]]]
            view.note(APIAnswer(status: 200, body: sessions.json), of: "GET /api/v1/users/1/sessions")
            return view
        }
        let before = view(use: 1, models: 1, expiresAt: "a", address: "a")
        #expect(view(use: 2, models: 1, expiresAt: "b", address: "a").differences(from: before) == [])
        #expect(view(use: 1, models: 2, expiresAt: "a", address: "b").differences(from: before).count == 2)
    }
}
