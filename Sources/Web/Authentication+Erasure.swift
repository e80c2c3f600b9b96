import Plant
import Serving
import Trust

/// Organizations that are being erased are no more, for whoever asks.
extension Authentication {
    func isErased(_ organization: ID<Organization>) -> Bool { sessions.context.lanes.isClosed(organization) }

    /// - Throws: ``Problem`` with `.unauthorized` for those of an organization that is no more.
    func refuseErased(_ principal: Principal) throws(Problem) {
        guard let organization = principal.organization, isErased(organization) else { return }
        throw Problem(.unauthorized, "The organization is no more.")
    }
}
