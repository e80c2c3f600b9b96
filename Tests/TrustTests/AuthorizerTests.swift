import FoundationEssentials
import Plant
import Testing
import Trust

@Suite struct AuthorizerTests {
    let own = ID<Organization>(UUID())
    let foreign = ID<Organization>(UUID())

    private func authorizer(_ role: Role) -> Authorizer {
        Authorizer(Principal(user: ID(UUID()), organization: role == .superAdmin ? nil : own, role: role))
    }

    @Test(arguments: [Role.admin, .operator])
    func `another's organization is not there, not forbidden`(role: Role) throws {
        let authorizer = authorizer(role)
        #expect(throws: AuthorizationError(.notFound)) { try authorizer.scope(for: foreign) }
        #expect(try authorizer.scope(for: own).id == own)
        #expect(try authorizer.ownScope().id == own)
    }

    @Test func `a super admin may name any organization, and must name one`() throws {
        let authorizer = authorizer(.superAdmin)
        #expect(try authorizer.scope(for: foreign).id == foreign)
        #expect(throws: AuthorizationError(.organizationRequired)) { try authorizer.ownScope() }
    }

    @Test func `what the role has not is forbidden, and says what was missing`() throws {
        try authorizer(.admin).require(.deployModels)
        #expect(throws: AuthorizationError(.forbidden, permission: .deployModels)) {
            try authorizer(.operator).require(.deployModels)
        }
    }

    @Test func `only a super admin gets at what belongs to the server`() throws {
        #expect(try authorizer(.superAdmin).systemScope(.manageOrganizations).purpose == .administration)
        for role in [Role.admin, .operator] {
            #expect(throws: AuthorizationError(.forbidden, permission: .manageOrganizations)) {
                try authorizer(role).systemScope(.manageOrganizations)
            }
        }
    }

    @Test func `a permission within organizations opens nothing of the server`() {
        #expect(throws: AuthorizationError(.forbidden, permission: .readAlarms)) {
            try authorizer(.superAdmin).systemScope(.readAlarms)
        }
    }
}
