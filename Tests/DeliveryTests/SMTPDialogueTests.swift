import Alarms
import TestSupport
import Testing

@testable import Delivery

@Suite struct SMTPDialogueTests {
    private static let words = [
        "220 ready", "250 ok", "250-x\n250-STARTTLS\n250 AUTH PLAIN LOGIN", "250-x\n250 AUTH=LOGIN",
        "250-x\n250 STARTTLS",
        "235 welcome", "334 VXNlcm5hbWU6", "354 go on", "421 later", "450 wait", "500 what?", "535 no", "221 bye",
        "250-x\n250 auth plain",
    ]

    private static func reply(_ text: String) throws -> SMTPReply {
        var reader = SMTPReplyReader()
        let replies = try reader.replies(in: Array((text.replacing("\n", with: "\r\n") + "\r\n").utf8))
        return try #require(replies.first)
    }

    private static func dialogue(_ security: MailSettings.Security, receivers: [String] = ["a@x.example"])
        -> SMTPDialogue
    {
        let settings = MailSettings(
            host: "mail.example",
            port: 587,
            security: security,
            login: MailSettings.Login(username: "eagle", password: "hunter2"),
            from: "eagle@x.example"
        )
        return SMTPDialogue(settings: settings, receivers: receivers, name: "plant")
    }

    @Test(arguments: 0..<20)
    func `whatever a server says, nothing but a greeting is told it before TLS stands`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let replies = try Self.words.map(Self.reply)
        // Those that lead on, every other time: chance alone seldom comes far.
        let leading = try ["220 ready", "250-x\n250-STARTTLS\n250 AUTH PLAIN", "220 go on"].map(Self.reply)
        var told: Set<String> = []
        var farthest = 0
        for _ in 0..<500 {
            var dialogue = Self.dialogue(.starttls, receivers: ["a@x.example", "b@x.example"])
            var isSecret = false
            var isOver = false
            for turn in 0..<30 where !isOver {
                let isLed = turn < leading.count && Bool.random(using: &generator)
                guard let reply = isLed ? leading[turn] : replies.randomElement(using: &generator) else { break }
                var action = dialogue.received(reply)
                if action == .beginTLS {
                    isSecret = true
                    action = dialogue.beganTLS()
                }
                switch action {
                case .say(let command): if !isSecret { told.insert(command) }
                case .sendMessage: if !isSecret { told.insert("the message") }
                case .beginTLS: told.insert("TLS once more")
                case .finish, .fail: isOver = true
                }
                if isSecret { farthest += 1 }
            }
        }
        #expect(told.isSubset(of: ["EHLO plant", "STARTTLS"]))
        #expect(farthest > 0)
    }

    @Test func `a mail is only told to be sent once the server has said so`() throws {
        var dialogue = Self.dialogue(.tls)
        var said: [String] = []
        for text in [
            "220 ready", "250-x\n250 AUTH LOGIN PLAIN", "235 welcome", "250 ok", "250 ok", "354 go on",
        ] {
            let reply = try Self.reply(text)
            guard case .say(let command) = dialogue.received(reply) else { continue }
            said.append(command)
        }
        #expect(
            said == [
                "EHLO plant", "AUTH PLAIN AGVhZ2xlAGh1bnRlcjI=", "MAIL FROM:<eagle@x.example>",
                "RCPT TO:<a@x.example>", "DATA",
            ]
        )
        let queued = try Self.reply("250 queued")
        let end = dialogue.received(queued)
        #expect(end == .finish(DeliveryReceipt(status: 250), goodbye: "QUIT"))
        guard case .fail = dialogue.received(queued) else {
            Issue.record("a reply after the end is taken for something")
            return
        }
    }

    @Test(arguments: [
        "", "2", "22", "2x0 a", "650 a", "150 a", "250~a", "250-a\r\n251 b", "\u{0}\u{0}\u{0}", "HTTP/1.1 200 OK",
    ])
    func `what is no reply is told apart`(text: String) {
        var reader = SMTPReplyReader()
        #expect(throws: SMTPReplyReader.Nonsense.self) { try reader.replies(in: Array("\(text)\r\n".utf8)) }
    }

    @Test func `a server that never stops is stopped`() {
        var lines = SMTPReplyReader()
        #expect(throws: SMTPReplyReader.Nonsense.self) {
            try lines.replies(in: Array(String(repeating: "250-more\r\n", count: 200).utf8))
        }
        var line = SMTPReplyReader()
        #expect(throws: SMTPReplyReader.Nonsense.self) { try line.replies(in: [UInt8](repeating: 50, count: 10_000)) }
    }

    @Test(arguments: 0..<50)
    func `a reader of random bytes gives replies or gives up`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("250-4 \r\nA\u{0}".utf8) + [255]
        for _ in 0..<200 {
            var reader = SMTPReplyReader()
            let bytes = (0..<40).compactMap { _ in alphabet.randomElement(using: &generator) }
            let replies = (try? reader.replies(in: bytes)) ?? []
            #expect(replies.allSatisfy { (200...599).contains($0.code) && !$0.lines.isEmpty })
        }
    }

    @Test func `a dot at a line's beginning is doubled, and the end is a dot of its own`() {
        func stuffed(_ text: String) -> String {
            String(decoding: SMTPHandler.stuffed(Array(text.utf8)), as: UTF8.self)
        }
        #expect(stuffed(".a\r\n..\r\nb.c\r\n") == "..a\r\n...\r\nb.c\r\n.\r\n")
        #expect(stuffed("a") == "a\r\n.\r\n")
        #expect(stuffed("") == ".\r\n")
    }
}
