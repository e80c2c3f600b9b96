import Alarms
import Database
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing

/// What a policy may say, and what one from before may have said.
extension DeliveryStoreTests {
    @Test(arguments: Engine.allCases)
    func `a policy with a kind of targets that there is not is refused, and one from before is read`(
        engine: Engine
    ) async throws {
        let outbox = try await Outbox(engine)
        let policies = outbox.stores.deliveryPolicies
        let mistyped = try DeliveryPolicy(routes: [DeliveryRoute(id: "a", targets: [.channel("webpush")])])
        let code = await storageError { try await policies.put(mistyped, by: "a", at: .t0, in: outbox.north) }
        #expect(code == .invalid)
        let document = #"{"routes":[{"id":"a","targets":["channel:webpush"]}],"perMinuteMax":20,"system":["*"]}"#
        try await outbox.world.faults.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO delivery_policy (organization_id, version, document, changed_by, changed_at)
                VALUES (\(outbox.north.id), 9, \(document), 'a', \(Instant.t0))
                """
            )
        }
        #expect(try await policies.current(in: outbox.north).policy == mistyped)
    }
}
