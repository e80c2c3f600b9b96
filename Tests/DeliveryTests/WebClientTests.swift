import Alarms
import Delivery
import NIOCore
import NIOHTTP1
import NIOSSL
import Plant
import Synchronization
import TestSupport
import Testing

/// What is refused before a byte is sent, and to whom the bytes go that are.
@Suite struct WebClientTests {
    private static let loopback = NetworkAddress("127.0.0.1")

    /// By a name that leads where the test says.
    private static func send(
        to url: String,
        client: WebClient,
        organization: String = "northwind"
    ) async throws(DeliveryError) -> DeliveryReceipt {
        let notice = Notice(
            key: "k1",
            organization: Notice.Sender(slug: organization, name: organization),
            reason: .test(at: .t0, by: nil)
        )
        return try await Messengers(client: client).send(
            notice,
            to: Loopback.target(.slack(host: "x")),
            secret: DeliverySecret(url: url),
            at: .t0
        )
    }

    @Test(arguments: [
        "http://127.0.0.1:%", "http://localhost:%", "http://2130706433:%", "http://0x7f.1:%", "http://[::1]:%",
        "http://[::ffff:127.0.0.1]:%", "http://0:%", "https://localhost:%",
    ])
    func `without leave nothing reaches the server's own machine, however it is written`(pattern: String) async throws {
        let receiver = try await HTTPReceiver()
        let client = try Loopback.client(rules: TargetRules())
        let error = await #expect(throws: DeliveryError.self) {
            try await Self.send(to: pattern.replacing("%", with: "\(receiver.port)/"), client: client)
        }
        #expect(error?.code == .refusedTarget)
        #expect(error?.isTransient == false)
        #expect(receiver.requests.isEmpty)
        try await receiver.stop()
    }

    @Test func `the address that was checked is the one that is connected to`() async throws {
        let address = try #require(Self.loopback)
        let receiver = try await HTTPReceiver()
        let lookups = Mutex(0)
        // A name that would lead elsewhere if it were asked for again.
        let client = try Loopback.client(
            lookup: { name in
                guard name == "hook.example." else { return [] }
                return lookups.withLock { count in
                    count += 1
                    return count == 1 ? [address] : []
                }
            }
        )
        _ = try await Self.send(to: "http://hook.example:\(receiver.port)/x", client: client)
        #expect(receiver.requests.map(\.headers).first?["Host"] == ["hook.example:\(receiver.port)"])
        #expect(lookups.withLock { $0 } == 1)
        try await receiver.stop()
    }

    @Test func `a name that has turned inwards is refused when the message is sent`() async throws {
        let address = try #require(Self.loopback)
        let receiver = try await HTTPReceiver()
        let client = try Loopback.client(rules: TargetRules(), lookup: { _ in [address] })
        let error = await #expect(throws: DeliveryError.self) {
            try await Self.send(to: "https://hook.example:\(receiver.port)/", client: client)
        }
        #expect(error?.code == .refusedTarget)
        #expect(receiver.requests.isEmpty)
        try await receiver.stop()
    }

    @Test func `what one organization may reach, another may not`() async throws {
        let receiver = try await HTTPReceiver()
        let open = try Loopback.client(rules: TargetRules())
        let rules = try #require(TargetRules(["127.0.0.1"]))
        let client = WebClient(
            dialer: try Dialer(timeouts: Loopback.patience),
            resolver: NameResolver(),
            rules: TargetRules(),
            rulesByOrganization: ["northwind": rules]
        )
        let url = "http://127.0.0.1:\(receiver.port)/"
        _ = try await Self.send(to: url, client: client)
        for (client, organization) in [(client, "contoso"), (open, "northwind")] {
            let error = await #expect(throws: DeliveryError.self) {
                try await Self.send(to: url, client: client, organization: organization)
            }
            #expect(error?.code == .refusedTarget)
        }
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
    }

    @Test func `the first address that answers is taken`() async throws {
        let receiver = try await HTTPReceiver()
        let addresses = try [#require(NetworkAddress("127.0.0.2")), #require(Self.loopback)]
        let client = try Loopback.client(lookup: { _ in addresses })
        let receipt = try await Self.send(to: "http://hook.example:\(receiver.port)/", client: client)
        #expect(receipt.status == 204)
        try await receiver.stop()
    }

    @Test func `TLS proves the name, and nobody else's certificate will do`() async throws {
        let address = try #require(Self.loopback)
        let own = try LoopbackCertificate(name: "hook.example")
        let receiver = try await HTTPReceiver(tls: own.server)
        let url = "https://hook.example:\(receiver.port)/"
        let trusting = try Loopback.client(certificates: own.path, lookup: { _ in [address] })
        _ = try await Self.send(to: url, client: trusting)
        #expect(receiver.requests.count == 1)

        let stranger = try Loopback.client(lookup: { _ in [address] })
        let wrongName = url.replacing("hook", with: "other")
        for (client, url) in [(stranger, url), (trusting, wrongName)] {
            let error = await #expect(throws: DeliveryError.self) { try await Self.send(to: url, client: client) }
            #expect(error?.code == .notSecure)
        }
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
    }

    @Test func `no error repeats a secret of the address`() async throws {
        let receiver = try await HTTPReceiver([.status(404), .status(500), .breakOff, .babble])
        let client = try Loopback.client()
        for _ in 0..<4 {
            let error = await #expect(throws: DeliveryError.self) {
                try await Self.send(
                    to: "http://127.0.0.1:\(receiver.port)/services/T0/S3CRET?sig=S3CRET",
                    client: client
                )
            }
            #expect(error?.description.contains("S3CRET") == false)
        }
        #expect(receiver.requests.count == 4)
        try await receiver.stop()
    }

    @Test func `one organization's slow names leave the others theirs`() async throws {
        let address = try #require(Self.loopback)
        let receiver = try await HTTPReceiver()
        let gate = Gate()
        let resolver = NameResolver { name in
            if name.hasPrefix("slow") { gate.wait() }
            return [address]
        }
        var timeouts = DeliveryTimeouts()
        timeouts.whole = .milliseconds(200)
        let rules = try #require(TargetRules(["127.0.0.0/8"]))
        let hasty = WebClient(dialer: try Dialer(timeouts: timeouts), resolver: resolver, rules: rules)
        let patient = WebClient(dialer: try Dialer(timeouts: Loopback.patience), resolver: resolver, rules: rules)
        let url = "hook.example:\(receiver.port)/"
        // Given up at the deadline while the system still searches.
        var codes: [DeliveryError.Code] = []
        for _ in 0..<4 {
            let error = await #expect(throws: DeliveryError.self) {
                try await Self.send(to: "http://slow.\(url)", client: hasty)
            }
            codes += error.map { [$0.code] } ?? []
        }
        #expect(codes == [.timedOut, .timedOut, .timedOut, .timedOut])
        _ = try await Self.send(to: "http://\(url)", client: patient, organization: "contoso")
        gate.open()
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
    }
}
