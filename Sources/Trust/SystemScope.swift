/// Proof that its bearer may touch the few tables that belong to the server; who may make one, `HouseTests` lists.
package struct SystemScope: Hashable, Sendable {
    /// What it was made for.
    package enum Purpose: Hashable, Sendable {
        /// Finding out who somebody is, before he is anybody.
        case login
        /// Opening the server's stores and starting its lanes.
        case start
        /// What a super admin asks for, and what the server's own commands do.
        case administration
        case test
    }

    package let purpose: Purpose

    package init(for purpose: Purpose) { self.purpose = purpose }
}
