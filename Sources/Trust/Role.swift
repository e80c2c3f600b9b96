/// What someone is to the server.
package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
    /// Runs the server for all organizations.
    case superAdmin = "SUPER_ADMIN"
    /// Runs one organization.
    case admin = "ADMIN"
    /// Stands next to the machine.
    case `operator` = "OPERATOR"
}
