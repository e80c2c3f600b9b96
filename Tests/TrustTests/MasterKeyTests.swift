import Foundation
import Testing
import Trust

@Suite struct MasterKeyTests {
    private static func bytes(_ body: (Int) -> UInt8) -> [UInt8] { (0..<32).map(body) }

    @Test(arguments: [
        ([], "0 bytes"), (Array(repeating: 7, count: 31), "31 bytes"), (Array(repeating: 7, count: 33), "33 bytes"),
        (bytes { _ in 7 }, "over and over"), (bytes { UInt8($0) }, "counts"), (bytes { UInt8(200 - 3 * $0) }, "counts"),
        (bytes { UInt8($0 * $0 % 8) }, "different bytes"),
        (Array("correct horse battery staple 123".utf8), "different characters"),
        (Array("passwordpasswordpasswordpassword".utf8), "different bytes"),
    ])
    func `a key that is no chance is refused, with how to make one`(bytes: [UInt8], words: String) {
        let error = #expect(throws: KeyError.self) { try MasterKey(bytes: bytes) }
        #expect(error?.code == .masterWeak)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("openssl rand -base64 32") == true)
    }

    @Test func `keys of chance are taken, and written so that they come back`() throws {
        var generator = SeededGenerator(seed: 1)
        var ids: Set<KeyID> = []
        for _ in 0..<1_000 {
            let key = MasterKey(using: &generator)
            #expect(try MasterKey(base64: key.base64).id == key.id)
            ids.insert(key.id)
        }
        #expect(ids.count == 1_000)
    }

    @Test func `of several keys the first wraps and all are there`() throws {
        var generator = SeededGenerator(seed: 2)
        let keys = (0..<3).map { _ in MasterKey(using: &generator) }
        let given = try MasterKeys(text: "\n" + keys.map(\.base64).joined(separator: "\r\n") + "\n")
        #expect(given.first.id == keys[0].id)
        #expect(given.ids == Set(keys.map(\.id)))
        let newer = MasterKeys(MasterKey(using: &generator)).followed(by: given)
        #expect(newer.ids.isSuperset(of: given.ids) && newer.first.id != keys[0].id)
    }

    @Test(arguments: ["", " \n", "not base64!", "c2hvcnQ="])
    func `a text without a key is refused and not repeated`(text: String) {
        let error = #expect(throws: KeyError.self) { try MasterKeys(text: text) }
        #expect(error?.code == .masterWeak)
        if text.count > 2 { #expect(error?.message.contains(text) == false) }
    }

    @Test func `no description shows a key`() throws {
        var generator = SeededGenerator(seed: 3)
        let key = MasterKey(using: &generator)
        let keys = MasterKeys(key)
        let data = DataKey(of: .server, version: 1, using: &generator)
        for text in ["\(key)", "\(keys)", "\(data)", String(reflecting: key), String(reflecting: data)] {
            #expect(!text.contains(key.base64))
            #expect(!text.contains("SymmetricKey"))
        }
        var dumped = ""
        dump(key, to: &dumped)
        dump(keys, to: &dumped)
        dump(data, to: &dumped)
        #expect(!dumped.contains("SymmetricKey"), "\(dumped)")
    }
}
