import Alarms
import Delivery
import NIOHTTP1
import TestSupport
import Testing

/// Documents that the server asks for itself.
@Suite(.timeLimit(.minutes(60))) struct DocumentTests {
    private func document(
        _ receiver: HTTPReceiver,
        path: String = "/keys",
        posting form: String? = nil,
        client: WebClient? = nil
    ) async throws -> WebClient.Document {
        try await (try client ?? Loopback.client()).document(
            at: try WebAddress("http://127.0.0.1:\(receiver.port)\(path)"),
            posting: form,
            fields: [("Authorization", "Basic abc")],
            for: "northwind"
        )
    }

    @Test func `a document comes whole, whatever its status`() async throws {
        let receiver = try await HTTPReceiver([
            .status(200), .status(404), .status(302, fields: [("Location", "http://127.0.0.1:1/elsewhere")]),
        ])
        for status in [200, 404, 302] {
            let document = try await document(receiver)
            #expect(document.status == status)
            #expect(document.body == Array("ok".utf8))
        }
        #expect(receiver.requests.count == 3)
        #expect(receiver.requests.allSatisfy { $0.uri == "/keys" && $0.body.isEmpty })
        #expect(receiver.requests.first?.headers["Accept"] == ["application/json"])
        try await receiver.stop()
    }

    @Test func `a form is posted as one`() async throws {
        let receiver = try await HTTPReceiver([.status(200)])
        _ = try await document(receiver, posting: "a=b&c=d")
        let request = try #require(receiver.requests.first)
        #expect(request.body == Array("a=b&c=d".utf8))
        #expect(request.headers["Content-Type"] == ["application/x-www-form-urlencoded"])
        #expect(request.headers["Authorization"] == ["Basic abc"])
        try await receiver.stop()
    }

    @Test func `what is too long, breaks off, or is no HTTP, is none`() async throws {
        for (answer, code) in [
            (HTTPReceiver.Answer.endlessBody, DeliveryError.Code.receiverFailed), (.breakOff, .unreachable),
            (.babble, .receiverFailed),
        ] {
            let receiver = try await HTTPReceiver([answer])
            let error = await #expect(throws: DeliveryError.self) {
                _ = try await (try Loopback.client()).document(
                    at: try WebAddress("http://127.0.0.1:\(receiver.port)/"),
                    byteCountMax: 100_000,
                    for: "northwind"
                )
            }
            #expect(error?.code == code, "\(answer)")
            try await receiver.stop()
        }
    }

    @Test func `what never ends is given up`() async throws {
        let receiver = try await HTTPReceiver([.headAlone])
        var timeouts = DeliveryTimeouts()
        timeouts.whole = .milliseconds(200)
        let rules = try #require(TargetRules(["127.0.0.1"]))
        let hasty = WebClient(dialer: try Dialer(timeouts: timeouts), resolver: NameResolver(), rules: rules)
        let error = await #expect(throws: DeliveryError.self) { try await document(receiver, client: hasty) }
        #expect(error?.code == .timedOut)
        try await receiver.stop()
    }

    @Test func `without leave no document is asked for inside`() async throws {
        let receiver = try await HTTPReceiver()
        let closed = try Loopback.client(rules: TargetRules())
        let error = await #expect(throws: DeliveryError.self) { try await document(receiver, client: closed) }
        #expect(error?.code == .refusedTarget)
        #expect(receiver.requests.isEmpty)
        try await receiver.stop()
    }
}
