import Testing
import Trust

@Suite struct RoleTests {
    /// The whole table, written out a second time: who changes one must mean it.
    @Test(arguments: [
        (Permission.manageOrganizations, [Role.superAdmin]),
        (.readSystem, [.superAdmin]),
        (.readOrganization, [.superAdmin, .admin, .operator]),
        (.readUsers, [.superAdmin, .admin]),
        (.manageUsers, [.superAdmin, .admin]),
        (.readSchema, [.superAdmin, .admin, .operator]),
        (.writeSchema, [.superAdmin, .admin]),
        (.readSources, [.superAdmin, .admin, .operator]),
        (.manageSources, [.superAdmin, .admin]),
        (.readAssets, [.superAdmin, .admin, .operator]),
        (.readReadings, [.superAdmin, .admin, .operator]),
        (.writeReadings, [.superAdmin, .admin]),
        (.readFailures, [.superAdmin, .admin, .operator]),
        (.recordFailures, [.superAdmin, .admin, .operator]),
        (.readPredictions, [.superAdmin, .admin, .operator]),
        (.readAlarms, [.superAdmin, .admin, .operator]),
        (.acknowledgeAlarms, [.superAdmin, .admin, .operator]),
        (.shelveAlarms, [.superAdmin, .admin, .operator]),
        (.suppressAlarms, [.superAdmin, .admin]),
        (.giveFeedback, [.superAdmin, .admin, .operator]),
        (.readModels, [.superAdmin, .admin, .operator]),
        (.deployModels, [.superAdmin, .admin]),
        (.runTraining, [.superAdmin, .admin]),
        (.readDelivery, [.superAdmin, .admin, .operator]),
        (.manageDelivery, [.superAdmin, .admin]),
        (.readAudit, [.superAdmin, .admin]),
        (.readKeys, [.superAdmin, .admin]),
        (.manageKeys, [.superAdmin, .admin]),
    ])
    func `each permission is just these roles'`(permission: Permission, roles: [Role]) {
        #expect(Role.allCases.filter { $0.permissions.contains(permission) } == roles)
    }

    @Test func `what belongs to the server is no organization's`() {
        for permission in Permission.allCases where permission.isOfServer {
            #expect(!Role.admin.permissions.contains(permission))
            #expect(!Role.operator.permissions.contains(permission))
        }
    }

    @Test func `roles and permissions are written as the API has them`() {
        #expect(Role.allCases.map(\.rawValue) == ["SUPER_ADMIN", "ADMIN", "OPERATOR"])
        #expect(Set(Permission.allCases.map(\.rawValue)).count == Permission.allCases.count)
    }
}
