import Alarms
import Delivery
import Foundation
import NIOCore
import Plant
import TestSupport
import Testing

/// Mail to a server, and through a parser, that somebody else has written.
@Suite struct PythonMailTests {
    /// Takes one mail, as Python's smtpd, and tells what Python's email package finds in it.
    private static let server = """
        import asyncore, email, email.policy, json, smtpd

        taken = []

        class Server(smtpd.SMTPServer):
            def process_message(self, peer, sender, receivers, data, **more):
                taken.append(sender)
                message = email.message_from_bytes(data, policy=email.policy.default)
                plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
                print(json.dumps({
                    "sender": sender, "receivers": receivers, "subject": message["Subject"],
                    "from": message["From"].addresses[0].display_name, "to": [a.addr_spec for a in message["To"].addresses],
                    "date": message["Date"].datetime.isoformat(), "id": message["Message-ID"],
                    "defects": [str(d) for part in message.walk() for d in part.defects],
                    "plain": plain, "html": html,
                }), flush=True)

        server = Server(("127.0.0.1", 0), None)
        print(server.socket.getsockname()[1], flush=True)
        turns = 300
        while turns > 0:
            asyncore.loop(timeout=0.1, count=1)
            turns = min(turns - 1, 10) if taken else turns - 1
        """

    @Test(.enabled(if: Python.has("smtpd, asyncore"), "python3 has no smtpd: it left with 3.12"))
    func `Python's mail server takes it, and Python's parser reads it`() async throws {
        let python = try Python.start(Self.server)
        let line = try await OffPool.run { python.line() }
        let port = try #require(Int(line), "\(line)")
        let messengers = Messengers(
            client: try Loopback.client(),
            mail: MailSettings(
                host: "127.0.0.1",
                port: port,
                security: .none,
                login: nil,
                from: "eagle@plant.example",
                fromName: "Eagle, Härterei"
            )
        )
        let alarm = Notices.alarm(
            asset: "Ofen \u{1F525} Süd",
            message: ".Temperatur = 871,2 °C <zu hoch> & steigt " + String(repeating: "weiter ", count: 40)
        )
        let notice = Notices.notice(.alert(Notices.alert(alarm)))
        let receipt = try await messengers.send(
            notice,
            to: Loopback.target(.email(to: ["a@plant.example", "b@plant.example"])),
            secret: .none,
            at: Instant(seconds: 1_769_839_220)
        )
        #expect(receipt.status == 250)
        let printed = try await OffPool.run { python.line() }
        let object = try JSONSerialization.jsonObject(with: Data(printed.utf8)) as? [String: Any]
        let seen = try #require(object, "\(printed)")
        #expect(seen["sender"] as? String == "eagle@plant.example")
        #expect(seen["receivers"] as? [String] == ["a@plant.example", "b@plant.example"])
        #expect(seen["to"] as? [String] == ["a@plant.example", "b@plant.example"])
        #expect(seen["from"] as? String == "Eagle, Härterei")
        #expect(seen["subject"] as? String == notice.title)
        #expect(seen["date"] as? String == "2026-01-31T06:00:20+00:00")
        #expect((seen["defects"] as? [String])?.isEmpty == true)
        #expect(
            (seen["plain"] as? String)?.replacing("\r\n", with: "\n")
                == "\(notice.text)\n\nhttps://eagle.example/#alarm\n"
        )
        #expect((seen["html"] as? String)?.contains("&lt;zu hoch&gt; &amp; steigt") == true)
    }
}
