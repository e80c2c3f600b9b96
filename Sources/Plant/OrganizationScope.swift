/// Proof that its bearer may act within one organization; who may make one, `HouseTests` lists.
package struct OrganizationScope: Hashable, Sendable {
    package let id: ID<Organization>

    package init(provenFor id: ID<Organization>) { self.id = id }
}
