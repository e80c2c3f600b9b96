import Alarms
import Crypto
import Delivery
import Foundation
import NIOHTTP1
import Plant
import TestSupport
import Testing

@Suite struct WebhookTests {
    private static let key = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
    private static let now = Instant(seconds: 1_769_840_000)

    private static func send(
        _ notice: Notice = Notices.notice(),
        to receiver: HTTPReceiver,
        at path: String? = "/alerts?site=1",
        keys: [String] = [key],
        whole: Duration = Loopback.patience.whole
    ) async throws(DeliveryError) -> DeliveryReceipt {
        var timeouts = Loopback.patience
        timeouts.whole = whole
        let messengers: Messengers
        do { messengers = Messengers(client: try Loopback.client(timeouts: timeouts)) } catch {
            throw DeliveryError(.misconfigured, "\(error)")
        }
        return try await messengers.send(
            notice,
            to: Loopback.target(.webhook(server: "http://127.0.0.1:\(receiver.port)")),
            secret: DeliverySecret(url: path.map { "http://127.0.0.1:\(receiver.port)\($0)" }, signingKeys: keys),
            at: now
        )
    }

    @Test func `a receiver reads the alert and can prove who sent it, and when`() async throws {
        let receiver = try await HTTPReceiver()
        let receipt = try await Self.send(to: receiver)
        #expect(receipt.status == 204)
        let request = try #require(receiver.requests.first)
        #expect(request.uri == "/alerts?site=1")
        #expect(request.headers["Eagle-Key"] == ["northwind:42:t1"])
        #expect(request.headers["webhook-id"] == ["northwind:42:t1"])
        #expect(request.headers["webhook-timestamp"] == ["1769840000"])
        let signed = Array("northwind:42:t1.1769840000.".utf8) + request.body
        let code = HMAC<SHA256>.authenticationCode(
            for: signed,
            using: SymmetricKey(data: Data(repeating: 7, count: 32))
        )
        #expect(request.headers["webhook-signature"] == ["v1," + Data(code).base64EncodedString()])
        let object = try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        let document = try #require(object)
        #expect(document["version"] as? Int == 1)
        #expect(document["organization"] as? String == "northwind")
        #expect(document["kind"] as? String == "alert")
        let alert = try #require(document["alert"] as? [String: Any])
        #expect(alert["headline"] as? String == "CRITICAL furnace-1: hz1pv 871.2 is 11.2 above 860")
        #expect(alert["sequence"] as? Int == 42)
        try await receiver.stop()
    }

    @Test func `while a key is replaced both sign`() async throws {
        let receiver = try await HTTPReceiver()
        let newer = "whsec_" + Data(repeating: 9, count: 24).base64EncodedString()
        _ = try await Self.send(to: receiver, keys: [newer, Self.key])
        let signatures = receiver.requests[0].headers["webhook-signature"][0].split(separator: " ")
        #expect(signatures.count == 2)
        #expect(signatures.allSatisfy { $0.hasPrefix("v1,") })
        try await receiver.stop()
    }

    @Test func `a receiver that fails and recovers gets the same key and the same alert again`() async throws {
        let receiver = try await HTTPReceiver([
            .status(500), .status(429, fields: [("Retry-After", "17")]), .breakOff, .status(200),
        ])
        var errors: [DeliveryError] = []
        for _ in 0..<3 {
            do throws(DeliveryError) { _ = try await Self.send(to: receiver) } catch { errors.append(error) }
        }
        let receipt = try await Self.send(to: receiver)
        #expect(receipt.status == 200)
        #expect(errors.map(\.code) == [.receiverFailed, .busy, .unreachable])
        #expect(errors.allSatisfy { $0.isTransient })
        #expect(errors[1].retryAfter == .seconds(17))
        #expect(Set(receiver.requests.map(\.body)).count == 1)
        #expect(Set(receiver.requests.flatMap { $0.headers["Eagle-Key"] }) == ["northwind:42:t1"])
        try await receiver.stop()
    }

    @Test(arguments: [
        (301, DeliveryError.Code.rejected, false), (400, .rejected, false), (404, .rejected, false),
        (410, .gone, false), (408, .busy, true), (425, .busy, true), (429, .busy, true), (503, .busy, true),
        (502, .receiverFailed, true),
    ])
    func `the status says whether to try again`(status: Int, code: DeliveryError.Code, isTransient: Bool) async throws {
        let receiver = try await HTTPReceiver([.status(status, fields: [("Location", "http://127.0.0.1:1/")])])
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: receiver) }
        #expect(error?.code == code)
        #expect(error?.status == status)
        #expect(error?.isTransient == isTransient)
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
    }

    @Test(arguments: [
        ("Sat, 31 Jan 2026 06:14:20 GMT", Duration.seconds(60) as Duration?), ("7", .seconds(7)),
        ("Sat, 31 Jan 2026 06:00:00 GMT", .zero), ("86401", .seconds(3_600)), ("soon", nil), ("-5", .zero),
    ])
    func `Retry-After is a number or a date, and never more than an hour`(text: String, expected: Duration?)
        async throws
    {
        let receiver = try await HTTPReceiver([.status(503, fields: [("Retry-After", text)])])
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: receiver) }
        #expect(error?.retryAfter == expected)
        try await receiver.stop()
    }

    @Test func `a receiver that says nothing is given up in time`() async throws {
        let receiver = try await HTTPReceiver([.silence])
        let error = await #expect(throws: DeliveryError.self) {
            try await Self.send(to: receiver, whole: .milliseconds(200))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.isTransient == true)
        try await receiver.stop()
    }

    @Test func `of an answer without an end no more than a bound is read`() async throws {
        let receiver = try await HTTPReceiver([.endlessBody])
        let receipt = try await Self.send(to: receiver)
        #expect(receipt.status == 200)
        try await receiver.stop()
    }

    @Test func `a verdict holds whose rest never comes`() async throws {
        let receiver = try await HTTPReceiver([.headAlone])
        let receipt = try await Self.send(to: receiver)
        #expect(receipt.status == 200)
        try await receiver.stop()
    }

    @Test func `what is not HTTP is the receiver's fault`() async throws {
        let receiver = try await HTTPReceiver([.babble])
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: receiver) }
        #expect(error?.code == .receiverFailed)
        try await receiver.stop()
    }

    @Test func `nobody at the port is unreachable`() async throws {
        let receiver = try await HTTPReceiver()
        try await receiver.stop()
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: receiver) }
        #expect(error?.code == .unreachable)
    }

    @Test func `without a key to sign with nothing is sent`() async throws {
        let receiver = try await HTTPReceiver()
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: receiver, keys: []) }
        #expect(error?.code == .misconfigured)
        #expect(receiver.requests.isEmpty)
        try await receiver.stop()
    }

    @Test func `without its URL, which its secret alone holds, nothing is sent`() async throws {
        let receiver = try await HTTPReceiver()
        let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: receiver, at: nil) }
        #expect(error?.code == .misconfigured)
        #expect(receiver.requests.isEmpty)
        try await receiver.stop()
    }

    /// `docs/delivery.md`'s own lines, on a document that was sent; then on what somebody has changed, or plays back.
    @Test(.enabled(if: Python.has("hmac"), "there is no python3"))
    func `the documented receiver takes what is new and whole, and nothing else`() async throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/delivery.md")
        let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```")
        let program = try #require(parts.first { $0.hasPrefix("python\n") }).dropFirst("python\n".count)
        let receiver = try await HTTPReceiver()
        _ = try await Self.send(to: receiver)
        let request = receiver.requests[0]
        let headers = try JSONSerialization.data(
            withJSONObject: Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        )
        let output = try Python.run(
            String(program)
                + """

                import json, sys
                headers, body = json.loads(sys.argv[2]), base64.b64decode(sys.argv[3])
                def judge(moment, headers, body, key=sys.argv[1]):
                    time.time = lambda: moment
                    try:
                        verify(key, headers, body)
                        return "taken"
                    except ValueError as error:
                        return str(error)
                sent = int(headers["webhook-timestamp"])
                later = dict(headers, **{"webhook-timestamp": str(sent + 600)})
                print(judge(sent + 299, headers, body))
                print(judge(sent + 301, headers, body))
                print(judge(sent + 600, later, body))
                print(judge(sent, headers, body + b" "))
                print(judge(sent, dict(headers, **{"webhook-id": "other"}), body))
                print(judge(sent, headers, body, key="whsec_" + "A" * 44))
                """,
            arguments: [Self.key, String(decoding: headers, as: UTF8.self), Data(request.body).base64EncodedString()]
        )
        let (old, foreign) = ("too old, or from the future", "not signed by Eagle")
        #expect(
            output.split(separator: "\n") == [
                "taken", old[...], foreign[...], foreign[...], foreign[...], foreign[...],
            ]
        )
        try await receiver.stop()
    }
}
