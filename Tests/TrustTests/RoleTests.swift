import Foundation
import Testing
import Trust

@Suite struct RoleTests {
    /// The whole table, written out a second time: who changes one must mean it.
    @Test func `the page shows the table that the server goes by`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/access.md"), encoding: .utf8)
        #expect(page.contains(Permission.table), "docs/access.md should have:\n\(Permission.table)")
    }

    @Test func `what belongs to the server is no organization's`() {
        for permission in Permission.allCases where permission.isOfServer {
            #expect(!Role.admin.permissions.contains(permission))
            #expect(!Role.operator.permissions.contains(permission))
        }
    }

    @Test func `an operator may nothing that an admin may not, nor an admin what a super admin may not`() {
        #expect(Role.operator.permissions.isStrictSubset(of: Role.admin.permissions))
        #expect(Role.admin.permissions.isStrictSubset(of: Role.superAdmin.permissions))
    }

    @Test func `a machine's key may neither what is the server's nor make users or keys`() {
        #expect(Permission.allCases.filter { !$0.isForKeys && !$0.isOfServer } == [.manageUsers, .manageAPIKeys])
        #expect(Permission.allCases.filter(\.isOfServer).allSatisfy { !$0.isForKeys })
    }

    @Test func `roles and permissions are written as the API has them`() {
        #expect(Role.allCases.map(\.rawValue) == ["SUPER_ADMIN", "ADMIN", "OPERATOR"])
        #expect(Set(Permission.allCases.map(\.rawValue)).count == Permission.allCases.count)
    }
}
