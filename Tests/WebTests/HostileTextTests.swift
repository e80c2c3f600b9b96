import Foundation
import Testing

@testable import Web

/// SQL by concatenation, the former system's flaw: texts that would be statements come back as the texts they are.
@Suite(.timeLimit(.minutes(60))) struct HostileTextTests {
    private static let texts = [
        "'; DROP TABLE alarm; --", #"" OR ""=""#, "') UNION SELECT secret FROM delivery_secret --", "%_%", "$1 ? :a @b",
        #"\'; \\"#, "/* */", "a''b", "1; ATTACH DATABASE '/tmp/x' AS x", "\u{2019}\u{02BC}", "日本 🔥", "{\"a\":1}",
    ]

    private static func json(_ text: String) -> String {
        (try? String(decoding: JSONEncoder().encode(text), as: UTF8.self)) ?? "\"\""
    }

    @Test(arguments: texts)
    func `SQL by concatenation: a text is kept as it is in every field, and nothing else happens`(
        text: String
    ) async throws {
        let quoted = Self.json(text)
        try await TestServer.run { server in
            @Sendable func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
                let answer = try await server.ask(method, "/api/v1/\(path)", as: .northAdmin, body: body)
                #expect((200...204).contains(answer.status), "\(method) \(path): \(answer.text)")
                return answer
            }
            let before = try await server.wholeView(.southAdmin)
            let rule =
                #"{"id":"hot","kind":"limit","tag":"temp","high":100,"message":\#(quoted),"component":\#(quoted)}"#
            try await server.prepare(rules: rule)
            let time = #""timestamp":"\#(server.clock.now)""#
            let push = #"[{"machine":\#(quoted),\#(time),"temp":150,"door":false}]"#
            let pushed = try await server.ask("POST", "/api/v1/readings", as: .northAdmin, data: Data(push.utf8))
            #expect(pushed.json["accepted"]?.int == 1, "\(pushed.text)")
            var alarm: Tree?
            while alarm == nil {
                alarm = try await ask("GET", "alarms").items.first
                await Task.yield()
            }
            #expect(alarm?["asset"]?.string == text)
            let messages = alarm?["causes"]?.list.compactMap { $0["message"]?.string } ?? []
            #expect(messages.contains { $0.contains(text) }, "\(messages)")
            let id = alarm?["id"]?.string ?? ""
            _ = try await ask("POST", "alarms/\(id)/acknowledge", #"{"note":\#(quoted)}"#)
            #expect(try await ask("GET", "alarms/\(id)").json["alarm"]?["note"]?.string == text)
            let word = try await ask("POST", "alarms/\(id)/feedback", #"{"isAccurate":true,"reason":\#(quoted)}"#)
            #expect(word.json["reason"]?.string == text)
            let failures = #"{"failures":[{"asset":\#(quoted),"start":"2026-01-01T00:00:00Z","component":\#(quoted)}]}"#
            _ = try await ask("POST", "failures", failures)
            let escaped = text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let listed = try await ask("GET", "failures?asset=\(escaped)").items
            #expect(listed.count == 1)
            #expect(listed.first?["component"]?.string == text)
            let filtered = try await ask("GET", "alarms?asset=\(escaped)").items
            #expect(filtered.count == 1)
            _ = try await ask("PUT", "suppressions", #"{"asset":\#(quoted),"kind":"outOfService","reason":\#(quoted)}"#)
            #expect(try await ask("GET", "suppressions").items.first?["reason"]?.string == text)
            let target = #"{"name":\#(quoted),"kind":"email","to":["a@b.example"]}"#
            let made = try await ask("POST", "delivery-targets", target)
            #expect(made.json["name"]?.string == text)
            _ = try await ask("PUT", "training-configuration", #"{"components":[\#(quoted)]}"#)
            let configuration = try await ask("GET", "training-configuration").json
            #expect(configuration["components"] == .list([.text(text)]))
            let source = #"{"kind":"sqlite","path":"/srv/scada/a.sqlite","table":\#(quoted),"orderColumn":\#(quoted)}"#
            _ = try await ask("PUT", "source", source)
            #expect(try await ask("GET", "source").json["table"]?.string == text)
            let organization = #"{"slug":"east","name":\#(quoted)}"#
            let east = try await server.ask("POST", "/api/v1/organizations", as: .root, body: organization)
            #expect(east.json["name"]?.string == text)
            // Whoever asks with it in place of a page's key or an id finds nothing, and breaks nothing.
            for path in [
                "alarms?after=\(escaped)", "failures?after=\(escaped)", "alarms/\(escaped)", "assets/\(escaped)",
            ] {
                let answer = try await server.ask("GET", "/api/v1/\(path)", as: .southAdmin)
                #expect([400, 404].contains(answer.status), "\(path): \(answer.text)")
            }
            let after = try await server.wholeView(.southAdmin)
            #expect(after.differences(from: before) == [])
        }
    }
}
