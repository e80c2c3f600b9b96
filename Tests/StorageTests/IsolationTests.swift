import Alarms
import Database
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// Walks through the stores as one organization with another's ids, names and keys in hand.
@Suite(.timeLimit(.minutes(60))) struct IsolationTests {
    /// All that one side can read of itself, as text.
    private func everything(_ side: Side, _ stores: Stores) async throws -> [String: String] {
        var found: [String: String] = [:]
        for step in StoreStep.allReads { found[step.name] = try await step.run(stores, side.scope, side) }
        return found
    }

    @Test(arguments: Engine.allCases)
    func `no store shows one organization what is another's`(engine: Engine) async throws {
        let world = try await World(engine)
        let own = try await Side(world, world.north, mark: "aurora", digit: "a")
        let other = try await Side(world, world.south, mark: "borealis", digit: "b")
        for step in StoreStep.allReads {
            let asked = try await step.run(world.stores, own.scope, other).lowercased()
            for secret in [
                other.mark, other.scope.id.description, other.user.id.description, other.asset.id.description,
                other.alarm.id.description, other.source.id.description, other.model.version.description,
                other.log.id.description, other.target.id.description, other.delivery.id.description,
                other.apiKey.id.description,
                String(describing: Array(other.mark.utf8)),
            ] {
                #expect(!asked.contains(secret), "\(step.name) shows \(secret)")
            }
        }
        // The questions were such as have an answer: each side sees all of its own.
        let seen = try await everything(other, world.stores)
        let counters = [
            "last sequence", "counts", "lane", "last alert", "organization", "rival's cursor", "rival's pairs",
            "delivery counts", "due targets", "has dead", "dead count", "digested", "sign-in policy", "quota use",
            "audit heads", "operator count", "first came", "first told", "any failure",
        ]
        for (name, text) in seen where !counters.contains(name) {
            let marks = [other.mark, other.model.version.description, String(describing: Array(other.mark.utf8))]
            #expect(marks.contains { text.contains($0) }, "\(name) shows nothing of its own: \(text)")
        }
    }

    @Test(arguments: Engine.allCases, [1, 2] as [UInt64])
    func `no walk of one organization through the stores changes what is another's`(
        engine: Engine,
        seed: UInt64
    ) async throws {
        let world = try await World(engine)
        let own = try await Side(world, world.north, mark: "aurora", digit: "a")
        let other = try await Side(world, world.south, mark: "borealis", digit: "b")
        let before = try await everything(other, world.stores)
        var generator = SeededGenerator(seed: seed)
        var doneCount = 0
        for _ in 0..<40 {
            let step = try #require(StoreStep.allWrites.randomElement(using: &generator))
            let side = Bool.random(using: &generator) ? own : other
            do {
                _ = try await step.run(world.stores, own.scope, side)
                doneCount += 1
            } catch is StorageError {
                // Refused: that is no change either.
            } catch let error as DatabaseError where error.code == .constraint {
                // Refused by the table itself.
            }
            let after = try await everything(other, world.stores)
            for key in before.keys where before[key] != after[key] {
                Issue.record("'\(step.name)' changed the other's '\(key)'")
            }
        }
        #expect(doneCount > 15)
    }
}
