import Alarms
import Plant
import Testing

@Suite struct WebAddressTests {
    @Test(arguments: [
        ("https://Hook.Example", "hook.example", 443, "/", "hook.example"),
        ("HTTPS://hook.example/a/b?c=d&e=%20", "hook.example", 443, "/a/b?c=d&e=%20", "hook.example"),
        ("http://hook.example:8080?x=1", "hook.example", 8_080, "/?x=1", "hook.example:8080"),
        ("https://[2606:4700::1]:8443/x", "2606:4700::1", 8_443, "/x", "[2606:4700::1]:8443"),
        ("http://10.0.0.1:80/", "10.0.0.1", 80, "/", "10.0.0.1"),
    ])
    func `an address is taken apart`(text: String, host: String, port: Int, target: String, field: String) throws {
        let address = try WebAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.target == target)
        #expect(address.hostField == field)
        #expect(address.origin == "\(address.scheme.rawValue)://\(field)")
    }

    @Test(arguments: [
        "", "hook.example", "//hook.example/", "ftp://a.example/", "javascript:alert(1)", "https://", "https:///x",
        "https://a.example:0/", "https://a.example:65536/", "https://a.example:+1/", "https://a.example:8x/",
        "https://user@a.example/", "https://good.example@evil.example/", "https://a.example\\@b.example/",
        "https://a.example/#x", "https://a b.example/", "https://a.example/ b", "https://a.example/\r\nHost: b",
        "https://ä.example/", "https://a..example/", "https://a.example./", "https://-a.example/", "https://[::1/",
        "https://[]/", "https://[::1]x/", "https://[fe80::1%25eth0]/", "https://a.example/\u{0}",
    ])
    func `what might be read in two ways is refused, without a word of it`(text: String) {
        let error = #expect(throws: SchemaProblem.self) { try WebAddress(text) }
        #expect(error?.message.contains("example") == false)
    }

    @Test func `a long one is refused`() {
        #expect(throws: SchemaProblem.self) {
            try WebAddress("https://a.example/" + String(repeating: "a", count: 2_048))
        }
    }
}
