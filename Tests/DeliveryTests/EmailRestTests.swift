import Alarms
import Delivery
import Plant
import TestSupport
import Testing

/// Mail to several, some of whom the mail server puts off.
@Suite struct EmailRestTests {
    private static let receivers = ["a@x.example", "b@x.example", "c@x.example"]

    private static func messengers(through server: MailServer) throws -> Messengers {
        Messengers(
            client: try Loopback.client(),
            mail: MailSettings(
                host: "127.0.0.1",
                port: server.port,
                security: .none,
                login: nil,
                from: "eagle@plant.example"
            )
        )
    }

    private static func send(
        by messengers: Messengers,
        as organization: String = "northwind",
        key: String = "k1"
    ) async throws(DeliveryError) -> DeliveryReceipt {
        let notice = Notice(
            key: key,
            organization: Notice.Sender(slug: organization, name: organization),
            reason: .alert(Notices.alert())
        )
        let target = Loopback.target(.email(to: receivers))
        return try await messengers.send(notice, to: target, secret: .none, at: .t0)
    }

    /// Whom a mail server was told, transaction by transaction.
    private static func transactions(_ server: MailServer) -> [[String]] {
        server.commands.split { $0.hasPrefix("MAIL") }.dropFirst().map { commands in
            commands.filter { $0.hasPrefix("RCPT") }.map { String($0.dropFirst(9).prefix(1)) }
        }
    }

    @Test(arguments: ["452 too many", "552 too many"])
    func `a server that takes few at a time gets the others in transactions of their own`(answer: String) async throws {
        let server = try await MailServer(
            MailServer.Options(answers: [("RCPT TO:<b@", answer), ("RCPT TO:<c@", answer), ("RCPT TO:<c@", answer)])
        )
        let receipt = try await Self.send(by: Self.messengers(through: server))
        #expect(receipt == DeliveryReceipt(status: 250))
        #expect(Self.transactions(server) == [["a", "b", "c"], ["b", "c"], ["c"]])
        #expect(server.messages.count == 3)
        #expect(Set(server.messages).count == 1)
        try await server.stop()
    }

    @Test func `a further attempt goes to those alone who are without the mail`() async throws {
        let delays = [("RCPT TO:<c@", "450 greylisted"), ("RCPT TO:<c@", "450 greylisted")]
        let server = try await MailServer(MailServer.Options(answers: [("RCPT TO:<b@", "550 unknown")] + delays))
        let messengers = try Self.messengers(through: server)
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(by: messengers) }
        #expect(error?.isTransient == true)
        #expect(error?.refused == ["b@x.example: 550 unknown"])
        #expect(error?.delayed == ["c@x.example"])
        #expect(error?.reason == "the mail server answers 450 greylisted for c@x.example")
        #expect(try await Self.send(by: messengers) == DeliveryReceipt(status: 250))
        #expect(Self.transactions(server) == [["a", "b", "c"], ["c"], ["b", "c"]])
        // It is done with: under its key it would go to all again, as it does for another mail or organization.
        _ = try await Self.send(by: messengers)
        #expect(Self.transactions(server).last == ["a", "b", "c"])
        try await server.stop()
    }

    @Test func `who has had which mail is another organization's and another mail's matter never`() async throws {
        let delays = [("RCPT TO:<c@", "450 later"), ("RCPT TO:<c@", "450 later")]
        let server = try await MailServer(MailServer.Options(answers: delays))
        let messengers = try Self.messengers(through: server)
        await #expect(throws: DeliveryError.self) { try await Self.send(by: messengers) }
        _ = try await Self.send(by: messengers, as: "contoso")
        _ = try await Self.send(by: messengers, key: "k2")
        _ = try await Self.send(by: messengers)
        #expect(Self.transactions(server).suffix(3) == [["a", "b", "c"], ["a", "b", "c"], ["c"]])
        try await server.stop()
    }

    @Test func `where the connection breaks over the rest, who has the mail has it`() async throws {
        let server = try await MailServer(
            MailServer.Options(answers: [("RCPT TO:<c@", "450 later"), ("RCPT TO:<c@", "close")])
        )
        let messengers = try Self.messengers(through: server)
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(by: messengers) }
        #expect(error?.code == .unreachable)
        _ = try await Self.send(by: messengers)
        #expect(Self.transactions(server) == [["a", "b", "c"], ["c"], ["c"]])
        try await server.stop()
    }

    @Test func `one that is refused at last is told of, for the others have had it`() async throws {
        let answers = ["450 later", "450 later", "550 unknown"].map { ("RCPT TO:<c@", $0) }
        let server = try await MailServer(MailServer.Options(answers: answers))
        let messengers = try Self.messengers(through: server)
        await #expect(throws: DeliveryError.self) { try await Self.send(by: messengers) }
        let receipt = try await Self.send(by: messengers)
        #expect(receipt.refused == ["c@x.example: 550 unknown"])
        try await server.stop()
    }
}
