import Plant
import TestSupport
import Testing

@Suite struct IDTests {
    @Test func `ids are ordered as their texts are, and read back from them`() {
        var generator = SeededGenerator(seed: 11)
        let ids = (0..<500).map { _ in ID<Asset>.random(using: &generator) }
        #expect(ids.sorted() == ids.sorted { $0.description < $1.description })
        #expect(ids.map { ID<Asset>($0.description) } == ids)
    }

    @Test func `a random id says that it is a version 4 UUID`() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<100 {
            let digits = Array(ID<Asset>.random(using: &generator).description)
            #expect(digits[14] == "4")
            #expect("89ab".contains(digits[19]))
        }
    }

    @Test(arguments: ["", "x", "00000000-0000-0000-0000-00000000000", "00000000000000000000000000000000"])
    func `anything but a UUID is no id`(text: String) {
        #expect(ID<Asset>(text) == nil)
    }
}
