import Alarms
import Database
import FoundationEssentials
import Plant

extension DeliveryTargetStore {
    /// Takes away the browsers of somebody who may sign in no more: what he may not read is not told to his devices.
    ///
    /// What was said of them is over; where the policy names one the admins hear of it until the policy changes.
    ///
    /// - Returns: What was raised and cleared by it, to be told now.
    static func removeBrowsers(
        of owner: String,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> [SystemAlarm] {
        let browsers = try transaction.query(
            """
            SELECT id, name
            FROM delivery_target
            WHERE organization_id = \(scope.id) AND kind = \(DeliveryChannel.Kind.webPush)
                AND created_by = \(owner)
            ORDER BY id
            """
        )
        guard !browsers.isEmpty else { return [] }
        // All of them first: what is said of one is told to none of the others.
        for browser in browsers { _ = try remove(browser.decode("id"), at: now, in: scope, transaction) }
        let routed = try Set(DeliveryPolicyStore.held(in: scope, transaction).targetNames.map(\.name))
        var told: [SystemAlarm] = []
        for browser in browsers {
            let name: String = try browser.decode("name")
            told += try SystemAlarmStore.clear(.deliveryFailed, subject: name, at: now, in: scope, transaction)
            guard routed.contains(name) else { continue }
            let alarm = SystemAlarm(
                id: ID(UUID()),
                kind: .deliveryFailed,
                subject: name,
                message: "'\(name)' is no target any more, for whoever subscribed it may sign in no more, but the "
                    + "delivery policy names it: change the policy, so that somebody is told instead.",
                raisedAt: now
            )
            if try SystemAlarmStore.raise(alarm, in: scope, transaction) { told.append(alarm) }
        }
        return told
    }
}
