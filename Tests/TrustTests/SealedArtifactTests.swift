import Foundation
import Plant
import Testing

@testable import Trust

/// What is sealed opens where it belongs, and nowhere else.
@Suite struct SealedArtifactTests {
    private struct Place {
        var bundle: KeyBundle
        var kind: SealedKind
        var subject: String

        func open(_ sealed: [UInt8]) -> Result<[UInt8], KeyError> {
            Result { () throws(KeyError) in try bundle.open(sealed, as: kind, named: subject) }
        }
    }

    private static func bundle(_ versions: Int, using generator: inout SeededGenerator) -> KeyBundle {
        let holder = KeyHolder.organization(.random(using: &generator))
        return KeyBundle(
            holder: holder,
            keys: (1...versions).map { DataKey(of: holder, version: $0, using: &generator) }
        )
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `organization, kind, subject, version and every bit are bound`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let own = Self.bundle(3, using: &generator)
        let plain = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        let kind = try #require(SealedKind.allCases.randomElement(using: &generator))
        let subject =
            ["", "a", "a/b", "ü\0", String(repeating: "x", count: 300)].randomElement(using: &generator) ?? ""
        let version = Int.random(in: 1...3, using: &generator)
        let key = try #require(own.keys[version])
        let sealed = try key.seal(plain, as: kind, named: subject, using: &generator)
        let place = Place(bundle: own, kind: kind, subject: subject)
        #expect(try place.open(sealed).get() == plain)
        #expect(try SealedArtifact(bytes: sealed).bytes == sealed)

        // Another organization with keys of its own, and one that was even given the same key.
        var other = place
        other.bundle = Self.bundle(3, using: &generator)
        #expect(code(other.open(sealed)) == .wrongKey)
        let stranger = KeyHolder.organization(.random(using: &generator))
        other.bundle = KeyBundle(
            holder: stranger,
            keys: own.keys.values.map { DataKey(of: stranger, version: $0.version, bytes: $0.bytes) }
        )
        #expect(code(other.open(sealed)) == .tampered)
        other.bundle = KeyBundle(
            holder: .server,
            keys: own.keys.values.map { DataKey(of: .server, version: $0.version, bytes: $0.bytes) }
        )
        #expect(code(other.open(sealed)) == .tampered)
        for wrong in SealedKind.allCases where wrong != kind {
            other = place
            other.kind = wrong
            #expect(code(other.open(sealed)) == .tampered)
        }
        for wrong in [subject + "a", subject + "\0", "b" + subject] {
            other = place
            other.subject = wrong
            #expect(code(other.open(sealed)) == .tampered)
        }
        // The same key under another version's number.
        let moved = (version % 3) + 1
        other = place
        other.bundle = KeyBundle(holder: own.holder, keys: [DataKey(of: own.holder, version: moved, bytes: key.bytes)])
        #expect(code(other.open(sealed)) == .unknownKey)
        var renumbered = sealed
        renumbered[14] = UInt8(moved)
        #expect(code(other.open(renumbered)) == .tampered)
        // Each bit.
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            #expect(code(place.open(changed)) != nil, "byte \(index)")
        }
        for count in 0..<sealed.count { #expect(code(place.open(Array(sealed.prefix(count)))) != nil) }
        #expect(code(place.open(sealed + [0])) == .tampered)
    }

    private func code(_ result: Result<[UInt8], KeyError>) -> KeyError.Code? {
        guard case .failure(let error) = result else { return nil }
        return error.code
    }

    @Test func `whatever the bytes, they are refused and nothing traps`() throws {
        var generator = SeededGenerator(seed: 99)
        let bundle = Self.bundle(2, using: &generator)
        let key = try #require(bundle.current)
        let whole = try key.seal(Array(0..<100), as: .backup, named: "b", using: &generator)
        for _ in 0..<200_000 {
            var bytes: [UInt8]
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                bytes = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
                    UInt8.random(in: .min ... .max, using: &generator)
                }
            case 1:
                bytes = SealedArtifact.magic
                for _ in 0..<Int.random(in: 0..<80, using: &generator) {
                    bytes.append([0, 1, 5, 0xFF].randomElement(using: &generator) ?? 0)
                }
            default:
                bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &generator)))
                for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                    bytes[Int.random(in: bytes.indices, using: &generator)] = .random(
                        in: .min ... .max,
                        using: &generator
                    )
                }
                if bytes == whole { continue }
            }
            do throws(KeyError) {
                _ = try bundle.open(bytes, as: .backup, named: "b")
                Issue.record("opened: \(bytes)")
            } catch {
                #expect(!error.isOfServer)
            }
        }
    }

    @Test func `what a destroyed key has sealed says so`() throws {
        var generator = SeededGenerator(seed: 5)
        let bundle = Self.bundle(2, using: &generator)
        let former = try #require(bundle.keys[1])
        let current = try #require(bundle.current)
        let old = try former.seal([1], as: .model, named: "m", using: &generator)
        let new = try current.seal([2], as: .model, named: "m", using: &generator)
        let retired = KeyBundle(holder: bundle.holder, keys: [current], destroyed: [former.id])
        #expect(code(Place(bundle: retired, kind: .model, subject: "m").open(old)) == .destroyed)
        #expect(try retired.open(new, as: .model, named: "m") == [2])
        let erased = KeyBundle(holder: bundle.holder, keys: [], isErased: true)
        #expect(code(Place(bundle: erased, kind: .model, subject: "m").open(new)) == .destroyed)
    }

    @Test func `keys that are handed over open the same and are their holder's alone`() throws {
        var generator = SeededGenerator(seed: 6)
        let bundle = Self.bundle(2, using: &generator)
        let sealed = try #require(bundle.current).seal([3], as: .model, named: "m", using: &generator)
        let text = try bundle.handedOver()
        #expect(!text.contains("\n"))
        let handed = try #require(KeyBundle(handedOver: text))
        #expect(handed.holder == bundle.holder)
        #expect(try handed.open(sealed, as: .model, named: "m") == [3])
        for wrong in ["", "{}", text.replacing("\"bytes\":\"", with: "\"bytes\":\"AAAA"), String(text.dropLast())] {
            #expect(KeyBundle(handedOver: wrong) == nil)
        }
    }
}
