import Alarms
import Logging
import Models
import Plant
import Storage

/// Why models raised alarms: found out afterwards, one organization after the other, and kept with the alarm.
extension Lanes {
    /// Explains what waits, until its task is cancelled.
    func explain() async {
        for await _ in explanations.signs {
            while !Task.isCancelled, let scope = explanations.next() { await explainNext(in: scope) }
        }
    }

    private func explainNext(in scope: OrganizationScope) async {
        do {
            guard let order = try await stores.explanations.due(at: time.now, in: scope) else {
                guard let next = try await stores.explanations.next(in: scope) else { return }
                return explanations.rest(scope, until: next.retryAt)
            }
            try await stores.explanations.supersede(of: order.alarm, before: order.sequence, in: scope)
            try await carryOut(order, in: scope)
            explanations.add(scope)
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("explanations can't be kept", metadata: ["error": "\(error)"])
            explanations.rest(scope, until: time.now + .seconds(5))
        }
    }

    /// Explains one prediction and tells of it, or notes why not.
    private func carryOut(_ order: ExplanationOrder, in scope: OrganizationScope) async throws {
        let alarm = order.transition.alarm
        guard let metadata = alarm.cause(from: .prediction)?.metadata else {
            return try await stores.explanations.failed(
                order,
                because: "the alert does not say what was predicted",
                retryAt: nil,
                in: scope
            )
        }
        let maker = ExplanationMaker(
            scope: scope,
            stores: stores,
            registry: predictions.registry,
            schemaTags: SchemaTags(stores.schemas, scope: scope),
            work: explanations.work
        )
        let explanation: Explanation
        do { explanation = try await maker.explanation(of: metadata, asset: alarm.asset) } catch {
            guard !Task.isCancelled else { return }
            logger.warning("a prediction can't be explained", metadata: ["error": "\(error)"])
            let rest = ExplanationDesk.rest(afterTries: order.tryCount + 1)
            return try await stores.explanations.failed(
                order,
                because: ModelError(explaining: error).message,
                retryAt: rest.map { time.now + $0 },
                in: scope
            )
        }
        let now = time.now
        let isNew = try await stores.explanations.keep(
            explanation,
            of: order.alarm,
            sequence: order.sequence,
            at: now,
            in: scope
        )
        // What is told of an alarm is its last prediction's.
        guard isNew, try await stores.explanations.latest(of: order.alarm, in: scope)?.sequence == order.sequence else {
            return
        }
        explanationNews.publish(
            [
                ExplanationNews(
                    alarm: order.alarm,
                    sequence: order.sequence,
                    sentence: explanation.sentence,
                    madeAt: now
                )
            ],
            in: scope
        )
    }
}

extension ModelError {
    /// What an admin is told of it; what else failed is in the log.
    fileprivate init(explaining error: any Error) {
        let message = error is Overdue ? "it took too long" : "it could not be computed; the log says why"
        self = error as? ModelError ?? ModelError(.runtimeFailed, message, cause: error)
    }
}
