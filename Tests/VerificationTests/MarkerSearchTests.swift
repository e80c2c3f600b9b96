import Foundation
import TestSupport
import Testing

@testable import Verification

@Suite struct MarkerSearchTests {
    private static let secret = "sk7q2m9vw4tzx3bd"
    private let search = MarkerSearch(
        [Marker(.text, secret)],
        ids: ["0f8fad5b-d9cb-469f-a165-70867728950e", String(repeating: "ab", count: 32)]
    )

    private func forms(_ text: String) -> [MarkerMatch.Form] { search.matches(in: Array(text.utf8)).map(\.form) }

    @Test func `a stored text is known as it is and in capitals`() {
        #expect(forms("{\"note\":\"canary \(Self.secret)!\"}") == [.plain])
        #expect(forms("x\(Self.secret.uppercased())y") == [.plain])
    }

    @Test(arguments: 0..<9)
    func `a stored text is known in base64 wherever it begins`(offset: Int) {
        let whole = Data((String(repeating: "-", count: offset) + Self.secret + "~~~").utf8)
        #expect(forms(whole.base64EncodedString()) == [.base64])
        let url = whole.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        #expect(forms(url) == [.base64])
    }

    @Test func `a stored text is known in hexadecimal and percent-encoded`() {
        let bytes = Array(Self.secret.utf8)
        #expect(forms("\\x" + bytes.map { String($0, radix: 16) }.joined()) == [.hexadecimal])
        #expect(forms(bytes.map { String($0, radix: 16, uppercase: true) }.joined()) == [.hexadecimal])
        #expect(forms(bytes.map { "%" + String($0, radix: 16, uppercase: true) }.joined()) == [.percent])
        #expect(forms(bytes.map { "%" + String($0, radix: 16) }.joined()) == [.percent])
    }

    @Test(arguments: [
        "0f8fad5b-d9cb-469f-a165-70867728950e", "\"0F8FAD5B-D9CB-469F-A165-70867728950E\",",
        "/alarms/0f8fad5bd9cb469fa16570867728950e", "v=" + String(repeating: "AB", count: 32) + "&",
        "z0f8fad5b-d9cb-469f-a165-70867728950e.",
    ])
    func `an id is known however it is written`(text: String) {
        let matches = search.matches(in: Array(text.utf8))
        #expect(matches.count == 1)
        #expect(matches.first?.marker.kind == .id)
    }

    @Test(arguments: [
        "", "canary", "sk7q2m9vw4tzx3b", "0f8fad5b-d9cb-469f-a165-70867728950f",
        "0f8fad5b-d9cb-469f-a165-70867728950ef",
        "00f8fad5bd9cb469fa16570867728950e",
    ])
    func `what only resembles a marker is none`(text: String) {
        #expect(forms(text) == [])
    }

    @Test func `a marker is found in each of a file's pieces and across their borders`() throws {
        let folder = try TemporaryDirectory()
        for offset in [0, (1 << 20) - 8, 1 << 20, (2 << 20) - 1] {
            let text = String(repeating: " ", count: offset) + Self.secret + String(repeating: " ", count: 100)
            let path = try folder.write(text, to: "f\(offset)")
            #expect(try DiskSearch.matches(in: path, search).map(\.marker.value) == [Self.secret], "\(offset)")
            #expect(try DiskSearch.matches(in: path, from: UInt64(offset) + 1, search).isEmpty)
        }
    }
}
