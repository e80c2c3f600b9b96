package import Alarms
import Logging
package import Plant
import Serving
import Storage
import Synchronization

extension Courier {
    /// Sends one delivery, if it is still wanted, and writes down what became of it.
    func carryOut(_ errand: Errand) async {
        let (scope, place, delivery) = (errand.scope, errand.place, errand.delivery)
        let id = delivery.record.id
        do {
            if let reason = try await needless(delivery, in: scope) {
                try await stores.deliveries.cancel(id, because: reason, at: time.now, in: scope)
                tally.withLock { $0.cancelled += 1 }
            } else if let stored = try await stores.deliveryTargets.byID(place.target, in: scope) {
                try await send(delivery, to: stored.target, at: place, in: scope)
            } else {
                try await stores.deliveries.cancel(id, because: "the target was removed", at: time.now, in: scope)
                tally.withLock { $0.cancelled += 1 }
            }
        } catch {
            // Nobody knows what was kept: it is sent again, and its receiver knows it by its key.
            logger.error(
                "a delivery's outcome can't be kept",
                metadata: ["organization": "\(scope.id)", "delivery": "\(id)", "error": "\(error)"]
            )
            let until = time.now + Self.restAfterStoreFailure
            ledger.withLock { $0.rest(at: place, until: until) }
        }
        ledger.withLock { $0.end(id, at: place) }
        wake()
    }

    private static let restAfterStoreFailure = Duration.seconds(5)

    /// Why it need not be sent any more, as the alarm is now.
    ///
    /// What stands in a digest was judged when that was made.
    func needless(
        _ delivery: DueDelivery,
        wasTold: Bool = false,
        in scope: OrganizationScope
    ) async throws -> String? {
        guard delivery.record.alarm != nil, let transition = delivery.alert?.transition,
            let committedAt = delivery.alert?.committedAt
        else { return nil }
        var alarm: Alarm?
        if delivery.record.step > 0 || delivery.record.isHeld {
            alarm = try await stores.alarms.byID(transition.alarm.id, in: scope)
        }
        let verdict = DeliveryVerdict(
            step: delivery.record.step,
            isHeld: delivery.record.isHeld,
            transition: transition,
            committedAt: committedAt,
            alarm: alarm,
            isOvertaken: delivery.isOvertaken,
            wasTold: wasTold || delivery.wasTold
        )
        switch verdict {
        case .send: return nil
        case .cancel(let reason): return reason
        }
    }

    private func send(
        _ delivery: DueDelivery,
        to target: DeliveryTarget,
        at place: CourierLedger.Place,
        in scope: OrganizationScope
    ) async throws {
        guard let notice = try await notice(of: delivery, in: scope) else {
            try await stores.deliveries.cancel(
                delivery.record.id,
                because: "nothing is known of it any more",
                at: time.now,
                in: scope
            )
            tally.withLock { $0.cancelled += 1 }
            return
        }
        let secret = try await stores.deliveryTargets.secret(of: target.id, in: scope)
        do throws(DeliveryError) {
            _ = try await messenger.send(notice, to: target, secret: secret, at: machineTime.now)
        } catch {
            return try await took(error, delivery, target, at: place, in: scope)
        }
        let mayBeTold = ledger.withLock { $0.succeeded(at: place) }
        try await stores.deliveries.delivered(delivery.record.id, at: time.now, in: scope)
        tally.withLock { $0.delivered += 1 }
        if mayBeTold { try await clearFailure(of: target, at: place, in: scope) }
    }

    /// The target takes notices: what says otherwise is over, unless some that it did not take still wait.
    private func clearFailure(
        of target: DeliveryTarget,
        at place: CourierLedger.Place,
        in scope: OrganizationScope
    ) async throws {
        if let cleared = try await stores.deliveries.clearFailure(of: target, at: time.now, in: scope) {
            lanes.systemNews.publish(cleared, in: scope)
        } else {
            ledger.withLock { $0.gaveUp(at: place) }
        }
    }

    /// The target did not take it: later again, or never.
    private func took(
        _ error: DeliveryError,
        _ delivery: DueDelivery,
        _ target: DeliveryTarget,
        at place: CourierLedger.Place,
        in scope: OrganizationScope
    ) async throws {
        let now = time.now
        if error.isTransient {
            ledger.withLock { $0.failed(at: place, now: now) }
        } else if error.code == .rejected {
            ledger.withLock { $0.answered(at: place) }
        }
        tally.withLock { $0.failed += 1 }
        if error.code == .gone, target.channel.kind == .webPush {
            // A browser that has let go of its subscription never comes back under it.
            _ = try await stores.deliveryTargets.remove(target.id, at: now, in: scope)
            try await retired(target, in: scope)
            return try await tellIfRouted(target, in: scope)
        }
        let triedSince = max(delivery.record.firstAttemptAt ?? now, startedAt)
        let retry = DeliveryRetry(
            attempts: delivery.record.attempts + 1,
            triedSince: triedSince,
            isTransient: error.isTransient,
            retryAfter: error.retryAfter,
            at: now,
            chance: Double.random(in: 0...1)
        )
        let isKept = try await stores.deliveries.failed(
            delivery.record.id,
            because: error.description,
            retry,
            at: now,
            in: scope
        )
        var deadCount = isKept && retry == .giveUp ? 1 : 0
        if error.isTransient, now - triedSince >= DeliveryRetry.timeMax {
            // What waited behind it as long has waited too long as well, all of it while this server ran.
            deadCount += try await stores.deliveries.giveUp(
                for: target.id,
                dueBefore: now - DeliveryRetry.timeMax,
                at: now,
                in: scope
            )
        }
        guard deadCount > 0 else { return }
        tally.withLock { $0.dead += deadCount }
        ledger.withLock { $0.gaveUp(at: place) }
        try await raiseFailure(of: target.name, because: " (\(error.reason))", in: scope)
    }

    private func raiseFailure(of name: String, because reason: String = "", in scope: OrganizationScope) async throws {
        try await system.raise(
            .deliveryFailed,
            name,
            "Notices to '\(name)' were given up\(reason). They wait as dead letters under Notifications: "
                + "mend the target, test it, and send them again.",
            in: scope
        )
    }

    /// Routes that name a target which is no more tell nobody there: the admins hear of it until the policy changes.
    private func tellIfRouted(_ target: DeliveryTarget, in scope: OrganizationScope) async throws {
        let policy = try await stores.deliveryPolicies.current(in: scope).policy
        guard policy.targetNames.contains(where: { $0.name == target.name }) else { return }
        try await system.raise(
            .deliveryFailed,
            target.name,
            "'\(target.name)' has ended its subscription and is no target any more, but the delivery policy names it: "
                + "change the policy, so that somebody is told instead.",
            in: scope
        )
    }

    // MARK: - Notices

    /// Nil where nobody knows any more what it tells of.
    private func notice(of delivery: DueDelivery, in scope: OrganizationScope) async throws -> Notice? {
        let organization = try await stores.organizations.organization(in: scope)
        let reason: Notice.Reason
        switch delivery.record.kind {
        case .first:
            guard let alert = delivery.alert else { return nil }
            reason = .alert(alert)
        case .escalation(let step):
            guard let alert = delivery.alert else { return nil }
            reason = .escalation(try await current(alert, in: scope), step: step)
        case .system(let isOver):
            guard let id = delivery.record.systemAlarm,
                var alarm = try await stores.systemAlarms.byID(id, in: scope)
            else { return nil }
            // The same at each attempt, be it over by then.
            if !isOver { alarm.clearedAt = nil }
            reason = .system(alarm)
        case .digest:
            var (members, count) = try await stores.deliveries.digested(
                by: delivery.record.id,
                limit: Self.digestCountMax,
                in: scope
            )
            for (index, member) in members.enumerated() where member.step > 0 {
                let alert = try await current(member.alert, in: scope)
                members[index] = Notice.Digested(key: member.key, step: member.step, alert: alert)
            }
            reason = .digest(members, count: count)
        }
        return Notice(
            key: delivery.record.key,
            organization: Notice.Sender(organization),
            reason: reason,
            link: consoleURL.map { Notice.link(to: reason, in: $0) }
        )
    }

    /// With what the model says by now, while its prediction speaks for the alarm: hours after the raise it says more.
    private func current(_ alert: Alert, in scope: OrganizationScope) async throws -> Alert {
        let alarm = alert.transition.alarm
        guard alarm.isForetold, try await stores.alarms.byID(alarm.id, in: scope)?.isForetold == true else {
            return alert
        }
        let prediction = try await stores.predictions.latest(of: [alarm.asset], in: scope)[alarm.asset]
        return prediction.map(alert.telling) ?? alert
    }

    /// Tries a target out, now; one that takes the test is no longer left alone.
    ///
    /// - Throws: As ``TargetTrial``.
    package func test(
        _ id: ID<DeliveryTarget>,
        by author: String?,
        in scope: OrganizationScope
    ) async throws -> DeliveryReceipt {
        let trial = TargetTrial(stores: stores, messenger: messenger, time: machineTime)
        let receipt = try await trial.send(to: id, by: author, in: scope)
        try await changed(id, in: scope)
        if let target = try await stores.deliveryTargets.byID(id, in: scope)?.target {
            let place = CourierLedger.Place(organization: scope.id, target: id)
            try await clearFailure(of: target, at: place, in: scope)
        }
        return receipt
    }

    /// The target was changed, or works again: what waits for it is tried now.
    package func changed(_ id: ID<DeliveryTarget>, in scope: OrganizationScope) async throws {
        try await stores.deliveries.hurry(for: id, at: time.now, in: scope)
        retried(for: id, in: scope)
    }

    /// A dead letter waits for the target again: that one is tried now, and the others in their time.
    package func retried(for id: ID<DeliveryTarget>, in scope: OrganizationScope) {
        ledger.withLock { $0.forget(CourierLedger.Place(organization: scope.id, target: id)) }
        wake()
    }

    /// Lets go of what is in memory for an organization that is no more.
    package func forget(_ scope: OrganizationScope) {
        ledger.withLock { $0.forget(scope.id) }
        planners.withLock { $0[scope.id] = nil }
    }

    /// The target is gone, or has another name: what was said under that one is over, and goes on under the new one
    /// where dead letters wait.
    package func retired(_ target: DeliveryTarget, in scope: OrganizationScope) async throws {
        try await system.clear(.deliveryFailed, subject: target.name, in: scope)
        guard let renamed = try await stores.deliveryTargets.byID(target.id, in: scope)?.target,
            try await stores.deliveries.hasDead(for: renamed.id, in: scope)
        else { return }
        try await raiseFailure(of: renamed.name, in: scope)
    }

    /// Failures of a target since its last success, and when it is tried again; nil while nothing holds it back.
    package func health(
        of id: ID<DeliveryTarget>,
        in scope: OrganizationScope
    ) -> (failureCount: Int, probesAt: Instant?) {
        let place = CourierLedger.Place(organization: scope.id, target: id)
        return ledger.withLock { ($0.failureCount(at: place), $0.probesAt(place)) }
    }
}
