import Alarms
import Crypto
import Foundation
import NIOHTTP1
import Plant
import TestSupport
import Testing

@testable import Delivery

/// Web push to a push service on loopback, read as a browser reads it.
@Suite struct PushTests {
    /// A browser's side of a subscription.
    private struct Browser {
        let key = P256.KeyAgreement.PrivateKey()
        let auth: [UInt8] = (1...16).map { $0 }

        func target(port: Int) -> (DeliveryTarget, DeliverySecret) {
            let p256dh = Base64URL.text(key.publicKey.x963Representation)
            return (
                Loopback.target(.webPush(host: "127.0.0.1", p256dh: p256dh)),
                DeliverySecret(url: "http://127.0.0.1:\(port)/send/abc", auth: Base64URL.text(auth))
            )
        }
    }

    private static let vapid = VAPIDKey(contact: "mailto:ops@plant.example")

    @Test func `the example of RFC 8291 comes out byte by byte`() throws {
        func bytes(_ text: String) throws -> [UInt8] { try #require(Base64URL.bytes(text)) }
        let sender = try P256.KeyAgreement.PrivateKey(
            rawRepresentation: bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
        )
        let encryption = PushEncryption(
            receiver: try bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
            ),
            auth: try bytes("BTBZMqHH6r4Tts7J_aSIgg")
        )
        let body = try encryption.body(
            for: Array("When I grow up, I want to be a watermelon".utf8),
            sender: sender,
            salt: bytes("DGv6ra1nlYgDCS1FRnbzlw")
        )
        #expect(
            Base64URL.text(body)
                == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
                + "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        )
    }

    @Test(.enabled(if: Python.has("cryptography"), "python3 has no cryptography: run scripts/bootstrap with network"))
    func `another library reads the message, and believes who sent it`() async throws {
        let browser = Browser()
        let service = try await HTTPReceiver([.status(201)])
        let (target, secret) = browser.target(port: service.port)
        let messengers = Messengers(client: try Loopback.client(), vapid: Self.vapid)
        let now = Instant(seconds: 1_769_840_000)
        _ = try await messengers.send(Notices.notice(), to: target, secret: secret, at: now)
        let request = try #require(service.requests.first)
        let output = try Python.run(
            Self.reader,
            arguments: [
                Base64URL.text(browser.key.rawRepresentation), Base64URL.text(browser.auth),
                Base64URL.text(request.body), request.headers["Authorization"].joined(),
            ]
        )
        let lines = output.split(separator: "\n").map { Data($0.utf8) }
        try #require(lines.count == 2)
        let document = try #require(try JSONSerialization.jsonObject(with: lines[0]) as? [String: Any])
        #expect(document["title"] as? String == "CRITICAL furnace-1: heater")
        #expect((document["body"] as? String)?.contains("hz1pv 871.2 is 11.2 above 860") == true)
        #expect(document["key"] as? String == "northwind:42:t1")
        let claims = try #require(try JSONSerialization.jsonObject(with: lines[1]) as? [String: Any])
        #expect(claims["aud"] as? String == "http://127.0.0.1:\(service.port)")
        #expect(claims["sub"] as? String == "mailto:ops@plant.example")
        #expect(claims["exp"] as? Int == 1_769_840_000 + 43_200)
        try await service.stop()
    }

    @Test(.enabled(if: Python.has("http_ece"), "python3 has no http_ece: run scripts/bootstrap with network"))
    func `a library that was made for it reads the message, too`() async throws {
        let browser = Browser()
        let service = try await HTTPReceiver([.status(201)])
        let (target, secret) = browser.target(port: service.port)
        let messengers = Messengers(client: try Loopback.client(), vapid: Self.vapid)
        _ = try await messengers.send(Notices.notice(), to: target, secret: secret, at: .t0)
        let request = try #require(service.requests.first)
        let output = try Python.run(
            """
            import base64, sys, http_ece
            from cryptography.hazmat.primitives.asymmetric import ec
            number, auth, body = (base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in sys.argv[1:])
            own = ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1())
            print(http_ece.decrypt(body, private_key=own, auth_secret=auth, version="aes128gcm").decode())
            """,
            arguments: [browser.key.rawRepresentation, Data(browser.auth), Data(request.body)].map {
                Base64URL.text($0)
            }
        )
        let document = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        #expect(document["title"] as? String == "CRITICAL furnace-1: heater")
        try await service.stop()
    }

    @Test func `a push service is told how urgent it is, and which older message it replaces`() async throws {
        let service = try await HTTPReceiver([.status(201)])
        let (target, secret) = Browser().target(port: service.port)
        let messengers = Messengers(client: try Loopback.client(), vapid: Self.vapid)
        let reasons: [Notice.Reason] = [
            .alert(Notices.alert()), .alert(Notices.alert(Notices.alarm(), .closed)), .test(at: .t0, by: nil),
        ]
        for (index, reason) in reasons.enumerated() {
            let notice = Notices.notice(reason, key: "k\(index)")
            _ = try await messengers.send(notice, to: target, secret: secret, at: .t0)
        }
        let headers = service.requests.map(\.headers)
        #expect(headers.map { $0["Urgency"] } == [["high"], ["low"], ["normal"]])
        #expect(headers.allSatisfy { $0["TTL"] == ["86400"] && $0["Content-Encoding"] == ["aes128gcm"] })
        let topics = headers.flatMap { $0["Topic"] }
        #expect(topics[0] == topics[1])
        #expect(topics[0] != topics[2])
        #expect(topics.allSatisfy { $0.utf8.count == 32 && Base64URL.bytes($0) != nil })
        // Each message has a key and a salt of its own.
        #expect(Set(service.requests.map { Array($0.body.prefix(86)) }).count == 3)
        try await service.stop()
    }

    @Test(arguments: [404, 410])
    func `a subscription that has ended is gone for good`(status: Int) async throws {
        let service = try await HTTPReceiver([.status(status)])
        let (target, secret) = Browser().target(port: service.port)
        let messengers = Messengers(client: try Loopback.client(), vapid: Self.vapid)
        let error = await #expect(throws: DeliveryError.self) {
            try await messengers.send(Notices.notice(), to: target, secret: secret, at: .t0)
        }
        #expect(error?.code == .gone)
        try await service.stop()
    }

    @Test func `the longest notice still fits`() async throws {
        let service = try await HTTPReceiver([.status(201)])
        let (target, secret) = Browser().target(port: service.port)
        let messengers = Messengers(client: try Loopback.client(), vapid: Self.vapid)
        let alarm = Notices.alarm(
            asset: String(repeating: "\u{1F525}", count: 500),
            message: String(repeating: "\"\\", count: 5_000)
        )
        let notice = Notices.notice(.alert(Notices.alert(alarm)))
        _ = try await messengers.send(notice, to: target, secret: secret, at: .t0)
        #expect(service.requests.allSatisfy { $0.body.count <= 4_096 })
        try await service.stop()
    }

    @Test func `a key that was kept is the same key, and no other bytes are one`() throws {
        let again = try VAPIDKey(bytes: Self.vapid.bytes)
        #expect(again.publicKey == Self.vapid.publicKey)
        #expect(Base64URL.bytes(again.publicKey)?.count == 65)
        #expect(throws: (any Error).self) { try VAPIDKey(bytes: [1, 2, 3]) }
        #expect(throws: (any Error).self) { try VAPIDKey(bytes: Array(repeating: 0, count: 32)) }
    }

    @Test func `a subscription whose key is no point of the curve is told of, not trapped over`() async throws {
        let point = [4] + [UInt8](repeating: 1, count: 64)
        let messengers = Messengers(client: try Loopback.client(), vapid: Self.vapid)
        let error = await #expect(throws: DeliveryError.self) {
            try await messengers.send(
                Notices.notice(),
                to: Loopback.target(.webPush(host: "127.0.0.1", p256dh: Base64URL.text(point))),
                secret: DeliverySecret(url: "http://127.0.0.1:1/", auth: Base64URL.text(1...16)),
                at: .t0
            )
        }
        #expect(error?.code == .misconfigured)
    }

    /// RFC 8291 and 8292 from the receiver's side, on Python's cryptography.
    private static let reader = """
        import base64, json, sys
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        def plain(text):
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

        def derive(key, salt, info, length):
            return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(key)

        number, auth, body = (plain(text) for text in sys.argv[1:4])
        own = ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1())
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        point, sealed = body[21:21 + length], body[21 + length:]
        assert len(sealed) <= size
        shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
        ownPoint = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        secret = derive(shared, auth, b"WebPush: info\\x00" + ownPoint + point, 32)
        key = derive(secret, salt, b"Content-Encoding: aes128gcm\\x00", 16)
        nonce = derive(secret, salt, b"Content-Encoding: nonce\\x00", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\\x00")
        assert text[-1:] == b"\\x02"
        print(json.dumps(json.loads(text[:-1])))

        scheme, rest = sys.argv[4].split(" ", 1)
        assert scheme == "vapid"
        token, sender = (part.strip().split("=", 1)[1] for part in rest.split(","))
        signed, signature = token.rsplit(".", 1)
        signature = plain(signature)
        pair = utils.encode_dss_signature(*(int.from_bytes(half, "big") for half in (signature[:32], signature[32:])))
        verifier = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(sender))
        verifier.verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
        header, claims = (json.loads(plain(part)) for part in signed.split("."))
        assert header == {"alg": "ES256", "typ": "JWT"}
        print(json.dumps(claims))
        """
}
