import Foundation
import Plant
import Testing

@testable import Trust

@Suite struct AnswerSealTests {
    private let scope = OrganizationScope(provenFor: ID(UUID()))
    private let other = OrganizationScope(provenFor: ID(UUID()))
    private let seal: AnswerSeal

    init() throws { seal = AnswerSeal(try SigningKey(bytes: (1...32).map { UInt8($0 * $0 % 251) })) }

    @Test func `what is sealed opens at its own place and nowhere else`() throws {
        var generator = SeededGenerator(seed: 1)
        let place = seal.place(of: "k", by: "user:1", in: scope)
        let sealed = try seal.seal(Array("an answer".utf8), at: place, using: &generator)
        #expect(seal.open(sealed, at: place) == Array("an answer".utf8))
        for elsewhere in [
            seal.place(of: "k", by: "user:2", in: scope), seal.place(of: "k", by: "user:1", in: other),
            seal.place(of: "K", by: "user:1", in: scope),
        ] {
            #expect(elsewhere != place)
            #expect(seal.open(sealed, at: elsewhere) == nil)
        }
        let stranger = AnswerSeal(try SigningKey(bytes: (2...33).map { UInt8($0 * $0 % 251) }))
        #expect(stranger.open(sealed, at: place) == nil)
    }

    @Test func `each changed or missing byte is found`() throws {
        var generator = SeededGenerator(seed: 2)
        let place = seal.place(of: "k", by: "user:1", in: scope)
        let sealed = try seal.seal([1, 2, 3], at: place, using: &generator)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(seal.open(changed, at: place) == nil)
            #expect(seal.open(sealed.prefix(upTo: index), at: place) == nil)
        }
    }

    @Test func `the same answer is sealed otherwise each time`() throws {
        var generator = SeededGenerator(seed: 3)
        let place = seal.place(of: "k", by: "user:1", in: scope)
        let first = try seal.seal([1], at: place, using: &generator)
        #expect(try seal.seal([1], at: place, using: &generator) != first)
    }

    @Test func `parts never run into each other`() {
        #expect(seal.place(of: "b", by: "a", in: scope) != seal.place(of: "", by: "ab", in: scope))
        #expect(seal.fingerprint(of: [[1, 2], [3]]) != seal.fingerprint(of: [[1], [2, 3]]))
        #expect(seal.fingerprint(of: [[1, 2]]) == seal.fingerprint(of: [[1, 2]]))
    }
}
