import Alarms
import Delivery
import Foundation
import Plant
import TestSupport
import Testing

/// Mail to a real server on loopback.
@Suite struct EmailTests {
    private static let login = MailSettings.Login(username: "eagle", password: "Gr\u{FC}n 1")

    private static func send(
        _ notice: Notice = Notices.notice(),
        to receivers: [String] = ["shift@plant.example"],
        through server: MailServer,
        security: MailSettings.Security = .none,
        login: MailSettings.Login? = nil,
        certificates: String? = nil,
        whole: Duration = Loopback.patience.whole
    ) async throws(DeliveryError) -> DeliveryReceipt {
        var timeouts = Loopback.patience
        timeouts.whole = whole
        let messengers: Messengers
        do {
            messengers = Messengers(
                client: try Loopback.client(timeouts: timeouts, certificates: certificates),
                mail: MailSettings(
                    host: "localhost",
                    port: server.port,
                    security: security,
                    login: login,
                    from: "eagle@plant.example"
                )
            )
        } catch { throw DeliveryError(.misconfigured, "\(error)") }
        let target = Loopback.target(.email(to: receivers))
        return try await messengers.send(notice, to: target, secret: .none, at: .at("2026-01-31T06:00:20Z"))
    }

    @Test func `a mail goes through, to all its receivers, with text, facts and link`() async throws {
        let server = try await MailServer()
        let receipt = try await Self.send(to: ["a@plant.example", "b@plant.example"], through: server)
        #expect(receipt == DeliveryReceipt(status: 250))
        #expect(
            server.commands.dropFirst().filter { $0 != "QUIT" } == [
                "MAIL FROM:<eagle@plant.example>", "RCPT TO:<a@plant.example>", "RCPT TO:<b@plant.example>", "DATA",
            ]
        )
        let message = try #require(server.messages.first)
        #expect(message.contains("From: Eagle <eagle@plant.example>\r\n"))
        #expect(message.contains("To: a@plant.example,\r\n b@plant.example\r\n"))
        #expect(message.contains("Subject: CRITICAL furnace-1: heater\r\n"))
        #expect(message.contains("Date: Sat, 31 Jan 2026 06:00:20 +0000\r\n"))
        #expect(message.contains("Importance: high\r\n"))
        #expect(message.contains("Since: 2026-01-31 06:00 UTC"))
        #expect(message.contains("H=C3=A4rtetechnik"))
        #expect(message.contains("https://eagle.example/#alarm"))
        #expect(message.utf8.allSatisfy { $0 < 128 })
        #expect(message.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        try await server.stop()
    }

    @Test func `a mail that comes twice bears the same name, and mails of one alarm one thread`() async throws {
        let server = try await MailServer()
        _ = try await Self.send(through: server)
        _ = try await Self.send(through: server)
        let over = Notices.notice(.alert(Notices.alert(Notices.alarm(), .closed)), key: "northwind:43:t1")
        _ = try await Self.send(over, through: server)
        func field(_ name: String, _ index: Int) -> String? {
            server.messages[index].components(separatedBy: "\r\n").first { $0.hasPrefix(name + ": ") }
        }
        let ids = (0..<3).map { field("Message-ID", $0) }
        #expect(ids[0] == ids[1])
        #expect(ids[0] != ids[2])
        #expect(Set((0..<3).map { field("References", $0) }).count == 1)
        #expect(field("References", 0)?.hasSuffix("@plant.example>") == true)
        #expect(field("Subject", 2) == "Subject: Over: CRITICAL furnace-1: heater")
        try await server.stop()
    }

    @Test(arguments: ["a@b\r\nBcc: c@d", "a@b>", "<a@b", "a b@c", "a@b c", "a@", "@b", "a..b@c", "a@b\u{0}", "ä@b"])
    func `no address smuggles a command or a header`(address: String) async throws {
        let server = try await MailServer()
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: [address], through: server) }
        #expect(error?.code == .misconfigured)
        #expect(server.commands.isEmpty)
        #expect(!DeliveryChannel.email(to: [address]).problems(secret: .none).isEmpty)
        try await server.stop()
    }

    @Test func `no name of an asset or organization smuggles a header or ends the message`() async throws {
        let server = try await MailServer()
        let alarm = Notices.alarm(
            asset: "x\r\nBcc: evil@e.example\r\n\r\n.\r\nMAIL FROM:<y>",
            message: "m\n.\nQUIT\r\n.\r\n.x"
        )
        let notice = Notice(
            key: "k1",
            organization: Notice.Sender(slug: "northwind", name: "N\r\nBcc: evil@e.example"),
            reason: .alert(Notices.alert(alarm))
        )
        _ = try await Self.send(notice, through: server)
        #expect(server.messages.count == 1)
        #expect(server.commands.filter { $0 != "QUIT" }.map { $0.prefix(4) } == ["EHLO", "MAIL", "RCPT", "DATA"])
        let lines = server.messages[0].components(separatedBy: "\r\n")
        #expect(!lines.contains { $0.hasPrefix("Bcc") })
        #expect(lines.filter { $0.hasPrefix("Subject: ") }.count == 1)
        try await server.stop()
    }

    @Test(arguments: [["PLAIN", "LOGIN"], ["LOGIN"], ["CRAM-MD5", "PLAIN"]])
    func `name and password are told under TLS alone`(logins: [String]) async throws {
        let certificate = try LoopbackCertificate(name: "localhost")
        let server = try await MailServer(MailServer.Options(tls: certificate.server, logins: logins))
        let receipt = try await Self.send(
            through: server,
            security: .starttls,
            login: Self.login,
            certificates: certificate.path
        )
        #expect(receipt.status == 250)
        #expect(server.openCommands.map { $0.prefix(4) } == ["EHLO", "STAR"])
        let told = server.commands.flatMap { $0.split(separator: " ") }.compactMap { Data(base64Encoded: String($0)) }
            .map { String(decoding: $0, as: UTF8.self) }
        let expected =
            logins.contains("PLAIN")
            ? ["\0\(Self.login.username)\0\(Self.login.password)"] : [Self.login.username, Self.login.password]
        #expect(told.filter { $0.contains("eagle") || $0.contains("Gr") } == expected)
        try await server.stop()
    }

    @Test func `TLS from the first byte works, too`() async throws {
        let certificate = try LoopbackCertificate(name: "localhost")
        let options = MailServer.Options(tls: certificate.server, isImplicit: true, logins: ["PLAIN"])
        let server = try await MailServer(options)
        _ = try await Self.send(through: server, security: .tls, login: Self.login, certificates: certificate.path)
        #expect(server.openCommands.isEmpty)
        #expect(server.messages.count == 1)
        try await server.stop()
    }

    @Test func `a server without STARTTLS, or with a stranger's certificate, learns nothing`() async throws {
        let certificate = try LoopbackCertificate(name: "localhost")
        let without = try await MailServer(
            MailServer.Options(tls: certificate.server, offersSTARTTLS: false, logins: ["PLAIN"])
        )
        let stranger = try await MailServer(MailServer.Options(tls: certificate.server, logins: ["PLAIN"]))
        for server in [without, stranger] {
            let error = await #expect(throws: DeliveryError.self) {
                try await Self.send(through: server, security: .starttls, login: Self.login)
            }
            #expect(error?.code == .notSecure)
            #expect(server.commands.allSatisfy { $0.hasPrefix("EHLO") || $0 == "STARTTLS" })
            try await server.stop()
        }
    }

    @Test func `what is smuggled in before TLS stands is not taken for the server's word`() async throws {
        let certificate = try LoopbackCertificate(name: "localhost")
        let server = try await MailServer(
            MailServer.Options(tls: certificate.server, smuggled: "250-evil\r\n250 AUTH PLAIN")
        )
        let error = await #expect(throws: DeliveryError.self) {
            try await Self.send(
                through: server,
                security: .starttls,
                login: Self.login,
                certificates: certificate.path
            )
        }
        #expect(error?.code == .receiverFailed)
        #expect(!server.commands.contains { $0.hasPrefix("AUTH") })
        try await server.stop()
    }

    @Test(arguments: [
        ("greeting", "554 no service", DeliveryError.Code.receiverFailed), ("greeting", "421 later", .receiverFailed),
        ("greeting", "HTTP/1.1 400 Bad Request", .receiverFailed), ("MAIL", "451 later", .receiverFailed),
        ("EHLO", "550 not you", .receiverFailed), ("MAIL", "550 not you", .receiverFailed),
        ("RCPT", "450 greylisted", .receiverFailed),
        ("RCPT", "550-5.1.1\r\n550 no such user", .rejected), ("DATA", "554 no", .rejected),
        (".", "452 full", .receiverFailed), (".", "554 spam", .rejected), ("MAIL", "close", .unreachable),
        ("MAIL", "250 ok\r\n250 and more", .receiverFailed),
    ])
    func `the server's answer says whether to try again`(step: String, answer: String, code: DeliveryError.Code)
        async throws
    {
        let server = try await MailServer(MailServer.Options(answers: [(step, answer)]))
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(through: server) }
        #expect(error?.code == code)
        // The server recovers.
        _ = try await Self.send(through: server)
        #expect(server.messages.count == (step == "." ? 2 : 1))
        try await server.stop()
    }

    @Test func `who isn't known is told of, and the others have their mail`() async throws {
        let server = try await MailServer(MailServer.Options(answers: [("RCPT TO:<b@", "550 no such user")]))
        let receipt = try await Self.send(to: ["a@x.example", "b@x.example"], through: server)
        #expect(receipt.refused == ["b@x.example: 550 no such user"])
        #expect(server.messages.count == 1)
        try await server.stop()
    }

    @Test(arguments: [535, 421, 454, 334])
    func `no error repeats the password, whatever the server says`(code: Int) async throws {
        let secret = Data("\0eagle\0\(Self.login.password)".utf8).base64EncodedString()
        let options = MailServer.Options(logins: ["PLAIN"], answers: [("AUTH", "\(code) bad credentials \(secret)")])
        let server = try await MailServer(options)
        let error = await #expect(throws: DeliveryError.self) {
            try await Self.send(through: server, login: Self.login)
        }
        // The operator's to mend, and no receiver's loss.
        #expect(error?.code == .receiverFailed)
        #expect(error?.reason.contains("delivery.smtp") == true)
        #expect(error?.description.contains(secret) == false)
        #expect("\(Self.login)".contains("Gr") == false)
        try await server.stop()
    }

    @Test func `replies that come byte by byte are understood`() async throws {
        let server = try await MailServer(MailServer.Options(isSlow: true))
        _ = try await Self.send(through: server)
        #expect(server.messages.count == 1)
        try await server.stop()
    }

    @Test func `a server that says nothing is given up in time`() async throws {
        let server = try await MailServer(MailServer.Options(answers: [("MAIL", "250-and")]))
        let error = await #expect(throws: DeliveryError.self) {
            try await Self.send(through: server, whole: .milliseconds(100))
        }
        #expect(error?.code == .timedOut)
        try await server.stop()
    }

    @Test func `without a mail server it says what is missing`() async throws {
        let messengers = Messengers(client: try Loopback.client())
        #expect(!messengers.canSend(by: .email))
        let error = await #expect(throws: DeliveryError.self) {
            try await messengers.send(
                Notices.notice(),
                to: Loopback.target(.email(to: ["a@x.example"])),
                secret: .none,
                at: .t0
            )
        }
        #expect(error?.code == .misconfigured)
        #expect(error?.reason.contains("delivery.smtp") == true)
    }
}
