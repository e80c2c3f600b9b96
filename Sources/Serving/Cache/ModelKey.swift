import Models
import Plant

/// One organization's model version: the same bytes in two organizations are two models.
struct ModelKey: Hashable, Sendable {
    let organization: ID<Organization>
    let version: ModelVersion

    init(_ version: ModelVersion, in scope: OrganizationScope) {
        organization = scope.id
        self.version = version
    }
}
