import Models
import Plant

/// One organization's model version: the same bytes in two organizations are two models.
struct ModelKey: Hashable, Sendable {
    let scope: OrganizationScope
    let version: ModelVersion

    var organization: ID<Organization> { scope.id }

    init(_ version: ModelVersion, in scope: OrganizationScope) {
        self.scope = scope
        self.version = version
    }
}
