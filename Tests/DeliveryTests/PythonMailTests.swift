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
        turns = 6000
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

    /// Wants TLS, then a name and a password, before it takes anything, as Python's aiosmtpd.
    private static let guardedServer = """
        import asyncio, json, logging, ssl, sys
        from aiosmtpd.smtp import SMTP, AuthResult

        logging.disable()

        async def main():
            loop = asyncio.get_running_loop()
            taken = loop.create_future()

            class Handler:
                async def handle_DATA(self, server, session, envelope):
                    isSecret = session.ssl is not None
                    print(json.dumps([isSecret, session.authenticated, envelope.mail_from, envelope.rcpt_tos]), flush=True)
                    loop.call_later(1, taken.set_result, None)
                    return "250 queued"

            def check(server, session, envelope, mechanism, data):
                return AuthResult(success=(data.login, data.password) == (b"eagle", "Grün 1".encode()))

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1], sys.argv[2])
            server = await loop.create_server(
                lambda: SMTP(Handler(), hostname="localhost", tls_context=context, require_starttls=True, loop=loop,
                             auth_required=True, authenticator=check, auth_exclude_mechanism=sys.argv[3:]),
                "127.0.0.1", 0)
            print(server.sockets[0].getsockname()[1], flush=True)
            await asyncio.wait_for(taken, 600)

        asyncio.run(main())
        """

    @Test(
        .enabled(if: Python.has("aiosmtpd"), "python3 has no aiosmtpd: pip install aiosmtpd"),
        arguments: ["LOGIN", "PLAIN"]
    )
    func `a server that insists on TLS and a login gets both`(excluded: String) async throws {
        let certificate = try LoopbackCertificate(name: "localhost")
        let python = try Python.start(
            Self.guardedServer,
            arguments: [certificate.path, certificate.keyPath, excluded]
        )
        let line = try await OffPool.run { python.line() }
        let port = try #require(Int(line), "\(line)")
        let messengers = Messengers(
            client: try Loopback.client(certificates: certificate.path),
            mail: MailSettings(
                host: "localhost",
                port: port,
                security: .starttls,
                login: MailSettings.Login(username: "eagle", password: "Grün 1"),
                from: "eagle@plant.example"
            )
        )
        let target = Loopback.target(.email(to: ["a@plant.example"]))
        let receipt = try await messengers.send(Notices.notice(), to: target, secret: .none, at: .t0)
        #expect(receipt.status == 250)
        let printed = try await OffPool.run { python.line() }
        #expect(printed == #"[true, true, "eagle@plant.example", ["a@plant.example"]]"#)
    }
}
