package import Alarms
import Foundation
package import Plant
package import Serving
package import Storage

/// Tries a target out with a message that says it is a test, past all queues.
package struct TargetTrial: Sendable {
    private let stores: Stores
    private let messenger: any Messenger
    private let time: any TimeSource

    package init(stores: Stores, messenger: any Messenger, time: any TimeSource) {
        self.stores = stores
        self.messenger = messenger
        self.time = time
    }

    /// Sends it now.
    ///
    /// - Parameters:
    ///   - id: The target.
    ///   - author: Who wants to know.
    ///   - scope: Whose target it is.
    /// - Returns: What the receiver said when it took it.
    /// - Throws: `DeliveryError` where it did not, `StorageError` with `.notFound`.
    package func send(
        to id: ID<DeliveryTarget>,
        by author: String?,
        in scope: OrganizationScope
    ) async throws -> DeliveryReceipt {
        guard let target = try await stores.deliveryTargets.byID(id, in: scope)?.target else {
            throw StorageError(.notFound, "there is no such target")
        }
        let organization = try await stores.organizations.organization(in: scope)
        let notice = Notice(
            key: "test.\(UUID().uuidString.lowercased())",
            organization: Notice.Sender(organization),
            reason: .test(at: time.now, by: author)
        )
        let secret = try await stores.deliveryTargets.secret(of: id, in: scope)
        return try await messenger.send(notice, to: target, secret: secret, at: time.now)
    }
}
