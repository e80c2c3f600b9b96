/// What one may be allowed to do; within an organization, but for those that belong to the server.
package enum Permission: String, Hashable, Sendable, Codable, CaseIterable {
    case manageOrganizations = "organization:manage"
    case readSystem = "system:read"

    case readOrganization = "organization:read"
    case readUsers = "user:read"
    case manageUsers = "user:manage"
    case readAPIKeys = "apikey:read"
    case manageAPIKeys = "apikey:manage"
    case readSchema = "schema:read"
    case writeSchema = "schema:write"
    case readSources = "source:read"
    case manageSources = "source:manage"
    case readAssets = "asset:read"
    case readReadings = "reading:read"
    case writeReadings = "reading:write"
    case readFailures = "failure:read"
    case recordFailures = "failure:record"
    case readPredictions = "prediction:read"
    case readAlarms = "alarm:read"
    case acknowledgeAlarms = "alarm:acknowledge"
    /// For a while.
    case shelveAlarms = "alarm:shelve"
    /// For as long as one likes, and more than one condition.
    case suppressAlarms = "alarm:suppress"
    case giveFeedback = "feedback:give"
    case readModels = "model:read"
    case deployModels = "model:deploy"
    case runTraining = "training:run"
    /// Targets without their secrets, the policy, and what became of each delivery.
    case readDelivery = "delivery:read"
    case manageDelivery = "delivery:manage"
    case readAudit = "audit:read"
    /// What may be told of the data keys: never a key.
    case readKeys = "key:read"
    case manageKeys = "key:manage"

    /// Whether it is about the server, and not about one organization.
    package var isOfServer: Bool { Self.ofServer.contains(self) }

    private static let ofServer: Set<Permission> = [.manageOrganizations, .readSystem]

    /// Whether a machine's key may have it: what is the server's is not to be had, and what makes users or further
    /// keys would let the key grow beyond itself.
    package var isForKeys: Bool { !isOfServer && !Self.ofPeople.contains(self) }

    private static let ofPeople: Set<Permission> = [.manageUsers, .manageAPIKeys]
}

extension Role {
    /// The one table of who may do what.
    package var permissions: Set<Permission> {
        switch self {
        case .superAdmin: Set(Permission.allCases)
        case .admin: Set(Permission.allCases.filter { !$0.isOfServer })
        case .operator:
            [
                .readOrganization, .readSchema, .readSources, .readAssets, .readReadings, .readFailures,
                .recordFailures, .readPredictions, .readAlarms, .acknowledgeAlarms, .shelveAlarms, .giveFeedback,
                .readModels, .readDelivery,
            ]
        }
    }
}

extension Permission {
    /// The whole table, as `docs/access.md` shows it: who has which permission, and whether a machine's key may.
    package static var table: String {
        func mark(_ isThere: Bool) -> String { isThere ? "yes" : "" }
        let head = ["permission"] + Role.allCases.map(\.rawValue) + ["an API key"]
        let rows = allCases.map { permission in
            ["`\(permission.rawValue)`"] + Role.allCases.map { mark($0.permissions.contains(permission)) }
                + [mark(permission.isForKeys)]
        }
        return ([head, head.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
            .joined(separator: "\n")
    }
}
