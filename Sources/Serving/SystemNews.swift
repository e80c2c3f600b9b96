package import Alarms
import Foundation
package import Plant
package import Storage

/// Raises and clears what admins are told of Eagle itself: kept first, then told.
package struct SystemNews: Sendable {
    let stores: Stores
    let told: Broadcast<SystemAlarm>
    let time: any TimeSource

    package init(stores: Stores, told: Broadcast<SystemAlarm>, time: any TimeSource) {
        self.stores = stores
        self.told = told
        self.time = time
    }

    /// Told once for as long as it lasts, however often it is raised.
    package func raise(
        _ kind: SystemAlarm.Kind,
        _ subject: String,
        _ message: String,
        in scope: OrganizationScope
    ) async throws {
        let alarm = SystemAlarm(id: ID(UUID()), kind: kind, subject: subject, message: message, raisedAt: time.now)
        guard try await stores.systemAlarms.raise(alarm, in: scope) else { return }
        told.publish([alarm], in: scope)
    }

    package func clear(_ kind: SystemAlarm.Kind, subject: String? = nil, in scope: OrganizationScope) async throws {
        told.publish(try await stores.systemAlarms.clear(kind, subject: subject, at: time.now, in: scope), in: scope)
    }
}
