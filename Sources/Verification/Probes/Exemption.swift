/// What is left out on purpose, or known to tell a little, and why: the report shows it.
package struct Exemption: Hashable, Sendable, Codable {
    /// The operation's id, or its method and path.
    package let operation: String
    package let aim: Aim
    package let reason: String

    package static let all = [
        Exemption(
            operation: "DELETE /api/v1/organizations/{id}",
            aim: .own,
            reason: "it would end the walk: the clean-up does it, as a super admin"
        ),
        Exemption(
            operation: "createUser",
            aim: .foreignNames,
            reason: "an e-mail address signs in to the whole server, so that an admin who takes one learns that it is "
                + "taken (409); by whom, and in which organization, is not told"
        ),
        Exemption(
            operation: "openStream",
            aim: .own,
            reason: "it is a WebSocket: its frames are looked at instead"
        ),
    ]

    static func reason(_ operation: APIOperation, _ aim: Aim) -> String? {
        all.first { $0.isOf(operation) && $0.aim == aim }?.reason
    }

    func isOf(_ operation: APIOperation) -> Bool {
        self.operation == operation.id || self.operation == operation.label
    }

    /// Operations that change who is asking: what tries them is thrown away.
    static func isSelfChanging(_ operation: APIOperation) -> Bool {
        !operation.isReading && !operation.isOpen && operation.path.hasPrefix("/api/v1/auth/")
    }
}
