import Logging
package import Plant
package import Storage
import Synchronization
import Trust

/// The end of an organization's work, for good.
extension Lanes {
    /// Whether nothing is done for an organization any more: it is being erased, or was.
    package func isClosed(_ organization: ID<Organization>) -> Bool {
        state.withLock { $0.closed.contains(organization) }
    }

    /// Lets nothing begin for an organization any more; what runs is ended by ``close(_:)``.
    package func refuse(_ organization: ID<Organization>) { state.withLock { _ = $0.closed.insert(organization) } }

    /// Takes organizations out of service that are being erased or were, before anything has begun for them.
    ///
    /// Where a former keyring was put back, which has keys again that a certificate says to be destroyed, they are.
    package func closeErased() async throws {
        let erasures = try await stores.erasures.list(in: SystemScope(for: .start))
        state.withLock { $0.closed.formUnion(erasures.map(\.organization)) }
        for erasure in erasures where erasure.progress.keysDestroyedAt != nil {
            let scope = OrganizationScope(provenFor: erasure.organization)
            guard try await stores.keyring.destruction(in: scope) == nil else { continue }
            let again = try await stores.keyring.destroyKeys(in: scope, at: stores.keyring.now)
            guard !again.versions.isEmpty else { continue }
            logger.warning(
                "the keyring is a former one: keys of an erased organization were destroyed again",
                metadata: ["organization": "\(scope.id)", "versions": "\(again.versions)"]
            )
        }
    }

    /// Ends an organization's lane, source, rivals and streams, and lets go of what is in memory for it; nothing begins
    /// for it again.
    ///
    /// Returns when nothing of it runs any more, but for requests that were admitted before.
    package func close(_ scope: OrganizationScope) async {
        let (inbox, work) = state.withLock { state in
            state.closed.insert(scope.id)
            return (state.inboxes.removeValue(forKey: scope.id), state.works.removeValue(forKey: scope.id))
        }
        inbox?.close()
        hub.close(in: scope)
        systemNews.close(in: scope)
        explanationNews.close(in: scope)
        await work?.close()
        forget(scope)
    }

    /// Lets go of what is in memory for an organization.
    package func forget(_ scope: OrganizationScope) {
        board.forget(scope)
        predictions.registry.forget(in: scope)
        predictions.metrics.forget(scope)
    }

    /// The proof for each organization whose erasure has ended, for what is left of it by mistake.
    func erased() async throws -> [OrganizationScope] {
        try await stores.erasures.list(in: SystemScope(for: .start)).filter { $0.certificate != nil }
            .map { OrganizationScope(provenFor: $0.organization) }
    }

    /// Erasures that go on, with the proof for each, for what the server does by itself.
    package func erasuresUnderWay() async throws -> [(erasure: Erasure, scope: OrganizationScope)] {
        try await stores.erasures.list(isUnderWay: true, in: SystemScope(for: .start))
            .map { ($0, OrganizationScope(provenFor: $0.organization)) }
    }
}

extension Lanes {
    /// Lets the work be done of which the server has proof.
    func erase(by work: ErasureWork, in scope: OrganizationScope) async throws {
        try await work.carryOut(in: scope, SystemScope(for: .administration))
    }
}
