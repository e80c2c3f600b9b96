import Alarms
import NIOCore
import NIOPosix
import Plant
import TestSupport
import Testing

@testable import Delivery

/// Names on their way to addresses, and what a look-up gives away.
@Suite struct NameResolverTests {
    private static let loopback = NetworkAddress("127.0.0.1")

    @Test func `an alarm to many targets of one organization looks all their names up`() async throws {
        let address = try #require(Self.loopback)
        let resolver = NameResolver { _ in [address] }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        try await withThrowingTaskGroup(of: [NetworkAddress].self) { group in
            for index in 0..<40 {
                group.addTask {
                    let deadline = Deadline(host: "hook.example", in: .seconds(120))
                    let host = "hook\(index).example"
                    return try await resolver.addresses(of: host, for: "northwind", until: deadline, on: loop)
                }
            }
            for try await addresses in group { #expect(addresses == [address]) }
        }
    }

    @Test func `mail goes out while the organizations' names hang`() async throws {
        let address = try #require(Self.loopback)
        let server = try await MailServer()
        let gate = Gate()
        let resolver = NameResolver(threadCountMax: 1) { name in
            if name.hasPrefix("slow") { gate.wait() }
            return [address]
        }
        var timeouts = DeliveryTimeouts()
        timeouts.whole = .milliseconds(200)
        let hasty = WebClient(dialer: try Dialer(timeouts: timeouts), resolver: resolver, rules: TargetRules())
        let error = await #expect(throws: DeliveryError.self) {
            try await hasty.post([], to: WebAddress("https://slow.example/"), fields: [], for: "northwind")
        }
        #expect(error?.code == .timedOut)
        let messengers = Messengers(
            client: WebClient(
                dialer: try Dialer(timeouts: Loopback.patience),
                resolver: resolver,
                rules: TargetRules()
            ),
            mail: MailSettings(
                host: "mail.example",
                port: server.port,
                security: .none,
                login: nil,
                from: "eagle@plant.example"
            )
        )
        let target = Loopback.target(.email(to: ["a@plant.example"]))
        let receipt = try await messengers.send(Notices.notice(), to: target, secret: .none, at: .t0)
        #expect(receipt.status == 250)
        gate.open()
        try await server.stop()
    }

    @Test func `a name inside and a name that nobody has are refused in the same words`() async throws {
        let inside = try #require(NetworkAddress("10.0.0.7"))
        var errors: [DeliveryError?] = []
        for addresses in [[inside], []] {
            let client = try Loopback.client(rules: TargetRules(), lookup: { _ in addresses })
            let target = try WebAddress("https://db.plant.example/")
            errors.append(
                await #expect(throws: DeliveryError.self) {
                    try await client.post([], to: target, fields: [], for: "northwind")
                }
            )
        }
        #expect(errors[0]?.code == .refusedTarget)
        #expect(errors[0] == errors[1])
    }

    @Test func `no search list completes a name, but one that the operator lists`() throws {
        let rules = try #require(TargetRules(["cmms", "*.lan", "10.0.0.0/8"]))
        func name(_ url: String) throws -> String { try rules.nameToLookUp(for: WebAddress(url)) }
        #expect(try name("https://hook.example/") == "hook.example.")
        #expect(try name("http://cmms/") == "cmms")
        #expect(try name("http://box.lan:81/") == "box.lan")
        #expect(try name("http://10.0.0.7/") == "10.0.0.7")
        for url in ["https://db/", "https://localhost/", "https://a.localhost/", "https://127.1/", "https://0x7f.0x1/"]
        {
            let error = #expect(throws: DeliveryError.self) { try name(url) }
            #expect(error?.code == .refusedTarget)
        }
    }

    @Test func `where one family leads nowhere the other is tried`() throws {
        func candidates(_ texts: [String]) throws -> [String] {
            Dialer.candidates(of: try texts.map { try #require(NetworkAddress($0)) }).map(\.description)
        }
        let six = ["2a00::1", "2a00::2", "2a00::3", "2a00::4", "2a00::5"]
        #expect(try candidates(six + ["8.8.8.8"]) == ["2a00::1", "8.8.8.8", "2a00::2", "2a00::3"])
        #expect(try candidates(["8.8.8.8"] + six) == ["8.8.8.8", "2a00::1", "2a00::2", "2a00::3"])
        #expect(try candidates(["8.8.8.8"]) == ["8.8.8.8"])
        #expect(try candidates([]).isEmpty)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.200.0.1", true), ("::1", true), ("128.0.0.1", false), ("::2", false),
        ("1::1", false),
    ])
    func `this very machine is told by its address`(text: String, isLoopback: Bool) throws {
        #expect(try #require(NetworkAddress(text)).isLoopback == isLoopback)
    }
}
