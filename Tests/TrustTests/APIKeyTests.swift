import Foundation
import Plant
import Testing
import Trust

@Suite struct APIKeyTests {
    private func text(seed: UInt64 = 1) -> APIKeyText {
        var generator = SeededGenerator(seed: seed)
        return APIKeyText(for: .random(using: &generator), using: &generator)
    }

    @Test func `a key has a form that is found, and is read as it was written`() throws {
        let text = text()
        #expect(text.text.wholeMatch(of: /eagle_[0-9a-f]{32}_[0-9a-f]{64}/) != nil)
        let again = try #require(APIKeyText(text.text))
        #expect(again.id == text.id)
        #expect(again.hash == text.hash)
        #expect(!"\(text)".contains("eagle_"))
    }

    @Test func `one secret has one hash, another has another`() {
        #expect(text(seed: 1).hash.isEqualInConstantTime(to: text(seed: 1).hash))
        #expect(!text(seed: 1).hash.isEqualInConstantTime(to: text(seed: 2).hash))
    }

    @Test func `what was changed is another key, or none`() {
        let text = text().text
        for index in 0..<text.count {
            var characters = Array(text)
            characters[index] = characters[index] == "0" ? "1" : "0"
            let changed = APIKeyText(String(characters))
            #expect(changed?.id != self.text().id || changed?.hash != self.text().hash, "\(index)")
        }
        for odd in [
            "", "eagle_", "eagle__", text + "0", String(text.dropLast()), text.uppercased(), text + "_",
            "eagle_" + text, text.replacingOccurrences(of: "eagle_", with: "eagles_"),
        ] { #expect(APIKeyText(odd) == nil, "\(odd)") }
    }

    private func key(
        _ name: String = "gateway",
        _ permissions: [Permission] = [.writeReadings],
        until expiry: Instant? = nil
    ) throws -> APIKey {
        try APIKey(
            id: ID(UUID()),
            organization: ID(UUID()),
            named: name,
            for: permissions,
            createdBy: "ann@example.com",
            at: Instant(seconds: 0),
            until: expiry
        )
    }

    @Test(arguments: Permission.allCases)
    func `a key is for what a machine may have`(permission: Permission) throws {
        if permission.isForKeys {
            let machine = try key("gateway", [permission]).principal
            #expect(machine.permissions == [permission])
        } else {
            #expect(throws: APIKeyError.self) { try key("gateway", [.writeReadings, permission]) }
        }
    }

    @Test(arguments: ["", "  ", "a\u{0}b", "a\nb", String(repeating: "x", count: 101)])
    func `a key has a name that can be read`(name: String) {
        #expect(throws: APIKeyError.self) { try key(name) }
    }

    @Test func `a key for nothing is none, and one that expires is good up to then`() throws {
        #expect(throws: APIKeyError.self) { try self.key("gateway", []) }
        let key = try self.key("  gateway   1 ", until: Instant(seconds: 10))
        #expect(key.name == "gateway 1")
        #expect(key.isGood(at: Instant(seconds: 9)))
        #expect(!key.isGood(at: Instant(seconds: 10)))
        #expect(try self.key().isGood(at: .distantFuture))
    }
}

@Suite struct ConstantTimeTests {
    @Test(
        arguments: [
            ([], [], true), ([1], [], false), ([1, 2, 3], [1, 2, 3], true), ([1, 2, 3], [1, 2, 4], false),
            ([0, 2, 3], [1, 2, 3], false), ([1, 2], [1, 2, 0], false), ([255], [127], false),
        ] as [([UInt8], [UInt8], Bool)]
    )
    func `bytes are the same where each one is`(left: [UInt8], right: [UInt8], isEqual: Bool) {
        #expect(left.isEqualInConstantTime(to: right) == isEqual)
        #expect(right.isEqualInConstantTime(to: left) == isEqual)
    }
}

@Suite struct LoginOriginTests {
    @Test func `what a client says of itself is cut off, and holds nothing that can't be printed`() {
        let origin = LoginOrigin(address: "::1", userAgent: "a\u{1B}[31mb\n" + String(repeating: "é", count: 500))
        #expect(origin.userAgent.hasPrefix("a[31mb"))
        #expect(origin.userAgent.unicodeScalars.count == LoginOrigin.userAgentLengthMax)
        #expect(LoginOrigin(address: "::1").userAgent.isEmpty)
    }
}
