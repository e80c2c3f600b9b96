package import Alarms
package import Plant
import Storage

/// What operators do; it comes down the lane's stream like everything else, and is kept when it returns.
extension Lanes {
    /// An operator knows of an alarm; again it changes nothing, also where the first word has closed it.
    ///
    /// - Returns: The alarm as it is then.
    /// - Throws: `AlarmError` for an alarm that is not open in this organization and was acknowledged by nobody;
    ///   ``LaneError`` while nothing can be done.
    package func acknowledge(
        _ alarm: ID<Alarm>,
        by: String,
        note: String?,
        in scope: OrganizationScope
    ) async throws -> Alarm {
        do {
            try await carryOut(.acknowledge(alarm, note: note), by: by, in: scope)
        } catch let error as AlarmError where error.code == .alarmNotOpen {
            guard let closed = try await stores.alarms.byID(alarm, in: scope), closed.acknowledgedAt != nil else {
                throw error
            }
            return closed
        }
        return try await known(alarm, in: scope)
    }

    /// An operator lets a latched alarm go.
    ///
    /// - Returns: The alarm as it is then.
    /// - Throws: As ``acknowledge(_:by:note:in:)``, and for an alarm that does not wait for it.
    package func reset(_ alarm: ID<Alarm>, by: String, in scope: OrganizationScope) async throws -> Alarm {
        try await carryOut(.reset(alarm), by: by, in: scope)
        return try await known(alarm, in: scope)
    }

    /// Keeps alarms silent: those at a place, now and as long as it holds.
    ///
    /// - Throws: `SuppressionError` where that would end what is out of service and may not; ``LaneError`` while nothing
    ///   can be done.
    package func suppress(
        _ place: SuppressionBook.Place,
        _ suppression: Suppression,
        by: String,
        mayOverride: Bool,
        in scope: OrganizationScope
    ) async throws {
        try await carryOut(.suppress(place, suppression, mayOverride: mayOverride), by: by, in: scope)
    }

    /// Lets alarms at a place be heard again; where nothing is silenced there, nothing happens.
    ///
    /// - Throws: As ``suppress(_:_:by:mayOverride:in:)``.
    package func unsuppress(
        _ place: SuppressionBook.Place,
        by: String,
        mayOverride: Bool,
        in scope: OrganizationScope
    ) async throws {
        try await carryOut(.unsuppress(place, mayOverride: mayOverride), by: by, in: scope)
    }

    private func carryOut(_ deed: OperatorAct.Deed, by: String, in scope: OrganizationScope) async throws {
        let inbox = inbox(of: scope)
        try await withCheckedThrowingContinuation { reply in
            let act = OperatorAct(deed: deed, by: by, reply: reply)
            do throws(LaneError) { try inbox.offer(.act(act)) } catch { reply.resume(throwing: error) }
        }
    }

    private func known(_ id: ID<Alarm>, in scope: OrganizationScope) async throws -> Alarm {
        guard let alarm = try await stores.alarms.byID(id, in: scope) else {
            throw AlarmError(.alarmNotOpen, alarm: id)
        }
        return alarm
    }
}
