import Plant
import Synchronization

/// How much of bodies may be in memory at once: of each organization, and of all together.
///
/// Bounded bodies are not enough where many come at once; and no organization's uploads take the others' room.
final class BodyBudget: Sendable {
    private struct State {
        var byOrganization: [ID<Organization>: Int] = [:]
        var total = 0
    }

    private let state = Mutex(State())
    private let organizationMax: Int
    private let totalMax: Int

    init(organizationMax: Int, totalMax: Int) {
        self.organizationMax = organizationMax
        self.totalMax = totalMax
    }

    /// What is in memory now, of all organizations together.
    var byteCount: Int { state.withLock(\.total) }

    /// - Returns: Whether there was room for it.
    fileprivate func take(_ byteCount: Int, of organization: ID<Organization>) -> Bool {
        state.withLock { state in
            let held = state.byOrganization[organization] ?? 0
            guard held + byteCount <= organizationMax, state.total + byteCount <= totalMax else { return false }
            state.byOrganization[organization] = held + byteCount
            state.total += byteCount
            return true
        }
    }

    fileprivate func giveBack(_ byteCount: Int, of organization: ID<Organization>) {
        state.withLock { state in
            let held = (state.byOrganization[organization] ?? 0) - byteCount
            state.byOrganization[organization] = held > 0 ? held : nil
            state.total -= byteCount
        }
    }
}

/// One request's part of it, given back when the request is over and nobody holds it any more.
final class BodyShare: Sendable {
    private let budget: BodyBudget
    private let organization: ID<Organization>
    private let held = Mutex(0)

    init(of scope: OrganizationScope, in budget: BodyBudget) {
        self.budget = budget
        organization = scope.id
    }

    deinit {
        let byteCount = held.withLock { $0 }
        if byteCount > 0 { budget.giveBack(byteCount, of: organization) }
    }

    /// - Throws: ``Problem`` where there is no room for so many bytes more.
    func take(_ byteCount: Int) throws(Problem) {
        guard budget.take(byteCount, of: organization) else {
            throw Problem(
                .tooManyRequests,
                "Too much is being sent at once. Nothing of it was kept; send one after the other.",
                retryAfterSeconds: 2
            )
        }
        held.withLock { $0 += byteCount }
    }
}
