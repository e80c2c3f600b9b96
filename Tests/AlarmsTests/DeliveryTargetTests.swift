import Alarms
import Foundation
import Plant
import Testing

@Suite struct DeliveryTargetTests {
    private static let point = Base64URL.text([4] + [UInt8](repeating: 1, count: 64))
    private static let subscription = """
        {"endpoint": "https://push.example/send/S3CRET", "expirationTime": null,
         "keys": {"p256dh": "\(point)", "auth": "\(Base64URL.text(1...16))"}}
        """

    private static let drafts = [
        #"{"kind": "webhook", "name": "CMMS", "url": "https://cmms.example/S3CRET?site=S3CRET"}"#,
        #"{"kind": "email", "name": "Shift", "to": ["shift@plant.example", "o'neil+eagle@plant.example"]}"#,
        #"{"kind": "webPush", "name": "Phone", "subscription": \#(subscription)}"#,
        #"{"kind": "ntfy", "name": "Night", "server": "https://ntfy.sh", "topic": "p-7_x", "token": "S3CRET"}"#,
        ##"{"kind": "slack", "name": "#furnaces", "url": "https://hooks.slack.com/services/S3CRET"}"##,
        #"{"kind": "teams", "name": "Team", "url": "https://x.logic.azure.com/workflows/1?sig=S3CRET"}"#,
    ]

    private func draft(_ text: String) throws -> DeliveryTargetDraft {
        try JSONDecoder().decode(DeliveryTargetDraft.self, from: Data(text.utf8))
    }

    @Test(arguments: drafts)
    func `a target's secret comes in and doesn't go out`(text: String) throws {
        let draft = try draft(text)
        #expect(draft.problems().isEmpty)
        let target = DeliveryTarget(id: ID(UUID()), name: draft.name, channel: draft.channel)
        let told = try JSONEncoder().encode(target)
        #expect(!String(decoding: told, as: UTF8.self).contains("S3CRET"))
        #expect(try JSONDecoder().decode(DeliveryTarget.self, from: told) == target)
        #expect(target.problems(secret: draft.secret).isEmpty)
        var shown = ""
        dump(draft.secret, to: &shown)
        #expect(!"\(draft.secret) \(String(reflecting: draft.secret)) \(shown)".contains("S3CRET"))
        // Kept as a whole, for whoever may open it.
        let kept = try JSONDecoder().decode(DeliverySecret.self, from: JSONEncoder().encode(draft.secret))
        #expect(kept == draft.secret)
    }

    @Test func `a webhook without a key gets one that nobody has, and others are left alone`() throws {
        var generator = SystemRandomNumberGenerator()
        var webhook = try draft(Self.drafts[0])
        webhook.complete(using: &generator)
        let keys = webhook.secret.signingKeys
        #expect(keys.count == 1)
        #expect(DeliverySecret.signingBytes(keys[0])?.count == 32)
        webhook.complete(using: &generator)
        #expect(webhook.secret.signingKeys == keys)
        #expect(DeliverySecret.signingKey(using: &generator) != keys[0])
        var mail = try draft(Self.drafts[1])
        mail.complete(using: &generator)
        #expect(mail.secret == .none)
    }

    @Test(arguments: [
        (#"{"kind": "webhook", "name": "x", "url": "ftp://a.example/"}"#, "url"),
        (#"{"kind": "webhook", "name": "x", "url": "https://user:pw@a.example/"}"#, "url"),
        (#"{"kind": "webhook", "name": "x", "url": "https://a.example/\r\nX: y"}"#, "url"),
        (#"{"kind": "webhook", "name": "x", "url": "https://a.example/", "signingKey": "hunter2"}"#, "signingKey"),
        (#"{"kind": "webhook", "name": "", "url": "https://a.example/"}"#, "name"),
        (#"{"kind": "webhook", "name": "a\nb", "url": "https://a.example/"}"#, "name"),
        (#"{"kind": "email", "name": "x", "to": []}"#, "to"),
        (#"{"kind": "email", "name": "x", "to": ["a@b.example", "a@b.example"]}"#, "to.1"),
        (#"{"kind": "email", "name": "x", "to": ["a@b.example\r\nBcc: c@d.example"]}"#, "to.0"),
        (#"{"kind": "ntfy", "name": "x", "server": "https://n.example", "topic": "a/b"}"#, "topic"),
        (#"{"kind": "ntfy", "name": "x", "server": "https://n.example", "topic": "a", "token": "a b"}"#, "token"),
        (#"{"kind": "ntfy", "name": "x", "server": "https://n.example/ntfy", "topic": "a"}"#, "server"),
        (#"{"kind": "ntfy", "name": "x", "server": "https://n.example?auth=x", "topic": "a"}"#, "server"),
        (
            #"{"kind": "ntfy", "name": "x", "server": "https://n.example", "topic": "a", "priorities": {"WARNING": 6}}"#,
            "priorities.WARNING"
        ),
        (#"{"kind": "slack", "name": "x", "url": "hooks.slack.com"}"#, "url"),
        (
            #"{"kind": "webPush", "name": "x", "subscription": {"endpoint": "https://p.example/", "keys": {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}}"#,
            "subscription.keys.p256dh"
        ),
    ])
    func `what is wrong is named`(text: String, path: String) throws {
        #expect(try draft(text).problems().map { $0.path.joined(separator: ".") } == [path])
    }

    @Test func `a secret is kept for the server that it was given for, and for no other`() {
        func ntfy(_ server: String) -> DeliveryChannel {
            .ntfy(server: server, topic: "t", priorities: NtfyPriorities())
        }
        #expect(ntfy("https://n.example").isSameDestination(as: ntfy("https://N.example:443")))
        #expect(!ntfy("https://m.example").isSameDestination(as: ntfy("https://n.example")))
        #expect(!ntfy("http://n.example").isSameDestination(as: ntfy("https://n.example")))
        let hook = DeliveryChannel.webhook(server: "https://n.example")
        #expect(DeliveryChannel.webhook(server: "https://N.example:443").isSameDestination(as: hook))
        #expect(!DeliveryChannel.webhook(server: "https://n.example:8443").isSameDestination(as: hook))
        #expect(!DeliveryChannel.webhook(server: "").isSameDestination(as: .webhook(server: "")))
        #expect(!hook.isSameDestination(as: ntfy("https://n.example")))
    }

    @Test func `a draft keeps of a former secret what it leaves out, and nothing that it brings`() throws {
        let key = DeliverySecret.signingKeyPrefix + Data(repeating: 7, count: 32).base64EncodedString()
        let former = DeliverySecret(url: "https://a.example/former", signingKeys: [key], token: "tk_former")
        var webhook = try draft(#"{"kind": "webhook", "name": "x", "url": "https://a.example/new"}"#)
        #expect(webhook.leavesSecretOut)
        webhook.keep(former)
        #expect(webhook.secret.url == "https://a.example/new")
        #expect(webhook.secret.signingKeys == [key])
        #expect(!webhook.leavesSecretOut)
        var ntfy = try draft(Self.drafts[3])
        #expect(!ntfy.leavesSecretOut)
        ntfy.keep(former)
        #expect(ntfy.secret.token == "S3CRET")
        ntfy.secret.token = nil
        #expect(ntfy.leavesSecretOut)
        for text in [Self.drafts[1], Self.drafts[2], Self.drafts[4], Self.drafts[5]] {
            #expect(try !draft(text).leavesSecretOut)
        }
    }

    @Test(arguments: [
        ("https://cmms.example/hooks/S3CRET?token=S3CRET", "https://cmms.example"),
        ("http://CMMS.example:8080", "http://cmms.example:8080"), ("no URL", ""),
    ])
    func `of a webhook's URL in an earlier version's row the server alone is read`(url: String, server: String) throws {
        let row = Data(#"{"kind":"webhook","url":"\#(url)"}"#.utf8)
        #expect(try JSONDecoder().decode(DeliveryChannel.self, from: row) == .webhook(server: server))
    }

    @Test func `a webhook without its URL is told so`() {
        let channel = DeliveryChannel.webhook(server: "https://a.example")
        #expect(channel.problems(secret: .none).map(\.path) == [["url"]])
        #expect(channel.problems(secret: DeliverySecret(url: "https://a.example/x")).isEmpty)
    }

    @Test func `a key that no such target has is refused by name`() throws {
        let error = #expect(throws: SchemaProblem.self) {
            try draft(#"{"kind": "slack", "name": "x", "url": "https://a.example", "topic": "y"}"#)
        }
        #expect(error?.path == ["topic"])
    }
}
