import Alarms
import Delivery
import Foundation
import NIOHTTP1
import Plant
import TestSupport
import Testing

/// ntfy, Slack and Teams as their servers would be spoken to.
@Suite struct ChatTests {
    /// The request that a notice makes, and its document.
    private static func request(
        _ notice: Notice = Notices.notice(),
        by channel: DeliveryChannel.Kind,
        token: String? = nil
    ) async throws -> (HTTPReceiver.Request, [String: Any]) {
        let receiver = try await HTTPReceiver([.status(200)])
        let url = "http://127.0.0.1:\(receiver.port)/hook"
        let channel: DeliveryChannel =
            switch channel {
            case .ntfy: .ntfy(server: url, topic: "plant-7", priorities: NtfyPriorities())
            case .slack: .slack(host: "127.0.0.1")
            case .webhook, .email, .webPush, .teams: .teams(host: "127.0.0.1")
            }
        let secret = DeliverySecret(url: url, token: token)
        let messengers = Messengers(client: try Loopback.client())
        _ = try await messengers.send(notice, to: Loopback.target(channel), secret: secret, at: .t0)
        try await receiver.stop()
        let request = try #require(receiver.requests.first)
        let object = try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        return (request, try #require(object))
    }

    private static var hostile: Notice {
        let alarm = Notices.alarm(
            asset: "<!channel> & *bold* [x](https://evil.example)",
            message: "<https://evil.example|ok>"
        )
        return Notices.notice(.alert(Notices.alert(alarm)))
    }

    @Test func `ntfy gets topic, title, text, priority, tags and link, and knows who publishes`() async throws {
        let (request, document) = try await Self.request(by: .ntfy, token: "tk_secret")
        #expect(request.uri == "/hook")
        #expect(request.headers["Authorization"] == ["Bearer tk_secret"])
        #expect(request.headers["Eagle-Key"] == ["northwind:42:t1"])
        #expect(document["topic"] as? String == "plant-7")
        #expect(document["title"] as? String == "CRITICAL furnace-1: heater")
        #expect((document["message"] as? String)?.hasPrefix("CRITICAL furnace-1: hz1pv 871.2") == true)
        #expect(document["priority"] as? Int == 5)
        #expect(document["tags"] as? [String] == ["rotating_light"])
        #expect(document["click"] as? String == "https://eagle.example/#alarm")
    }

    @Test(arguments: [
        (AlarmType.critical, AlarmTransition.Change.raised, 5), (.warning, .raised, 4), (.predictive, .raised, 3),
        (.critical, .closed, 3),
    ])
    func `what is over doesn't ring`(type: AlarmType, change: AlarmTransition.Change, priority: Int) async throws {
        let notice = Notices.notice(.alert(Notices.alert(Notices.alarm(type), change)))
        let (request, document) = try await Self.request(notice, by: .ntfy)
        #expect(document["priority"] as? Int == priority)
        #expect(request.headers["Authorization"].isEmpty)
    }

    @Test(arguments: [
        (AlarmTransition.Change.causeCleared, "rotating_light", "Attention"), (.acknowledged, "no_bell", "Default"),
        (.suppressed, "no_bell", "Default"), (.returned, "white_check_mark", "Good"),
        (.closed, "white_check_mark", "Good"),
    ])
    func `what is known or silenced doesn't look over`(change: AlarmTransition.Change, tag: String, color: String)
        async throws
    {
        let notice = Notices.notice(.alert(Notices.alert(Notices.alarm(), change)))
        let (_, message) = try await Self.request(notice, by: .ntfy)
        #expect(message["tags"] as? [String] == [tag])
        let (_, document) = try await Self.request(notice, by: .teams)
        let attachment = try #require((document["attachments"] as? [[String: Any]])?.first)
        let lines = (attachment["content"] as? [String: Any])?["body"] as? [[String: Any]]
        let runs = lines?.first?["inlines"] as? [[String: String]]
        #expect(runs?.first?["color"] == color)
    }

    @Test func `Slack gets plain text in blocks, and no name mentions, formats or links`() async throws {
        let (_, document) = try await Self.request(Self.hostile, by: .slack)
        let text = try #require(document["text"] as? String)
        #expect(text.contains("&lt;!channel&gt; &amp; *bold*"))
        #expect(!text.contains("<"))
        let blocks = try #require(document["blocks"] as? [[String: Any]])
        let texts = blocks.compactMap { $0["text"] as? [String: String] }
        #expect(texts.map { $0["type"] } == ["plain_text", "plain_text", "mrkdwn"])
        #expect(texts.dropLast().allSatisfy { $0["text"]?.contains("<") == false })
        #expect(texts.last?["text"] == "<https://eagle.example/#alarm|Open the alarm>")
    }

    @Test func `Slack's limits hold for the longest texts`() async throws {
        let alarm = Notices.alarm(message: String(repeating: "&", count: 5_000))
        let (_, document) = try await Self.request(Notices.notice(.alert(Notices.alert(alarm))), by: .slack)
        let blocks = try #require(document["blocks"] as? [[String: Any]])
        let texts = blocks.compactMap { ($0["text"] as? [String: String])?["text"] }
        #expect(texts[0].utf8.count <= 150)
        #expect(texts[1].utf8.count <= 3_000)
    }

    @Test func `Teams gets a card whose texts know no Markdown`() async throws {
        let (_, document) = try await Self.request(Self.hostile, by: .teams)
        #expect(document["type"] as? String == "message")
        let attachment = try #require((document["attachments"] as? [[String: Any]])?.first)
        #expect(attachment["contentType"] as? String == "application/vnd.microsoft.card.adaptive")
        let card = try #require(attachment["content"] as? [String: Any])
        #expect(card["type"] as? String == "AdaptiveCard")
        #expect(card["$schema"] as? String == "http://adaptivecards.io/schemas/adaptive-card.json")
        let lines = try #require(card["body"] as? [[String: Any]])
        #expect(lines.count > 3)
        #expect(lines.allSatisfy { $0["type"] as? String == "RichTextBlock" })
        let actions = try #require(card["actions"] as? [[String: String]])
        #expect(actions.map { $0["url"] } == ["https://eagle.example/#alarm"])
    }
}
