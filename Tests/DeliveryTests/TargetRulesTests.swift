import Alarms
import Delivery
import Testing

@Suite struct TargetRulesTests {
    private func address(_ text: String) throws -> NetworkAddress { try #require(NetworkAddress(text)) }

    @Test(arguments: [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.255.255.255",
        "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2001::1", "2001:db8::1",
        "2002:7f00:1::1", "100::1", "3fff::1", "5f00::1",
    ])
    func `an internal address is refused`(text: String) throws {
        let target = try WebAddress("https://hook.example/alerts")
        let address = try address(text)
        let error = #expect(throws: DeliveryError.self) { try TargetRules().admitted([address], for: target) }
        #expect(error?.code == .refusedTarget)
    }

    @Test(arguments: ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.1", "2606:4700::1111", "2a00::1"])
    func `an address of the open Internet is admitted`(text: String) throws {
        let address = try address(text)
        let admitted = try TargetRules().admitted([address], for: WebAddress("https://hook.example/"))
        #expect(admitted == [address])
    }

    @Test func `of a name that leads both ways only the open addresses are left`() throws {
        let addresses = try ["10.0.0.1", "8.8.8.8", "::1"].map(address)
        let admitted = try TargetRules().admitted(addresses, for: WebAddress("https://hook.example/"))
        #expect(admitted == [addresses[1]])
    }

    @Test(arguments: [
        ("http://hook.example/", false), ("https://hook.example:25/", false), ("https://hook.example:8443/", true),
        ("https://hook.example/", true),
    ])
    func `without leave it is https, at a port for messages`(url: String, isAdmitted: Bool) throws {
        let address = try address("8.8.8.8")
        let target = try WebAddress(url)
        #expect(((try? TargetRules().admitted([address], for: target)) != nil) == isAdmitted)
    }

    @Test func `what the operator allows is admitted, and nothing beside it`() throws {
        let rules = try #require(TargetRules(["10.20.0.0/16", "hook.plant.example", "*.lan", "fd00:1::/64"]))
        let inside = try address("10.20.3.4")
        let outside = try address("10.21.3.4")
        func admits(_ address: NetworkAddress, _ url: String) throws -> Bool {
            let target = try WebAddress(url)
            return (try? rules.admitted([address], for: target)) == [address]
        }
        #expect(try admits(inside, "http://any.example:9000/"))
        #expect(try !admits(outside, "http://any.example:9000/"))
        #expect(try admits(outside, "http://hook.plant.example:81/"))
        #expect(try !admits(outside, "https://other.plant.example/"))
        #expect(try admits(outside, "http://box.lan/"))
        #expect(try !admits(outside, "https://evil-lan/"))
        #expect(try admits(address("fd00:1::7"), "https://any.example/"))
        #expect(try !admits(address("fd00:2::7"), "https://any.example/"))
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0/33", "256.0.0.1", "http://x", "", "*.", "1.2.3", "a..b", "fe80::1%eth0"])
    func `an entry that is neither address nor network nor name is refused`(entry: String) {
        #expect(TargetRules([entry]) == nil)
    }
}
