import Alarms
import Delivery
import Foundation
import Plant
import Trust
import Web

extension OpenIDConfiguration {
    /// One issuer, for one organization: `oidc.providers.<id>` in `eagle.yaml`.
    ///
    /// | key | default | meaning |
    /// |---|---|---|
    /// | `name` | the id | stands on the button |
    /// | `public` | false | whether the button is shown before anybody has said where he belongs |
    /// | `organization` | required | the slug of the one organization whose users it may sign in |
    /// | `issuer` | required | its URL, as it writes it itself |
    /// | `clientID` | required | under which the server is registered there |
    /// | `clientSecretFile` | none | a file with the client's secret; else it is in `EAGLE_OIDC_SECRET_<ID>` |
    /// | `domains` | all | e-mail domains that may sign in; required with `newUsers` |
    /// | `newUsers` | none | ADMIN or OPERATOR: what somebody becomes who has no account yet |
    /// | `roleClaim` | none | a claim that says of roles, or a path such as `realm_access.roles` |
    /// | `roles` | none | required with `roleClaim`: ADMIN or OPERATOR by the claim's values |
    /// | `requireMFA` | false | whether the issuer has to say that more than a password was asked for (`amr`) |
    struct Provider: Decodable, Sendable {
        let name: String?
        let isPublic: Bool
        let organization: String
        let issuer: String
        let clientID: String
        let clientSecretFile: String?
        let domains: [String]
        let newUsers: Role?
        let roleClaim: String?
        let roles: [String: Role]
        let requireMFA: Bool

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case name
            case isPublic = "public"
            case organization, issuer, clientID, clientSecretFile, domains, newUsers, roleClaim, roles, requireMFA
        }

        static let keys = CodingKeys.allCases.map(\.rawValue)

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            name = try values.decodeIfPresent(String.self, forKey: .name)
            isPublic = try values.decodeIfPresent(Bool.self, forKey: .isPublic) ?? false
            organization = try values.decode(String.self, forKey: .organization)
            issuer = try values.decode(String.self, forKey: .issuer)
            clientID = try values.decode(String.self, forKey: .clientID)
            clientSecretFile = try values.decodeIfPresent(String.self, forKey: .clientSecretFile)
            domains = (try values.decodeIfPresent([String].self, forKey: .domains) ?? []).map { $0.lowercased() }
            newUsers = try values.decodeIfPresent(Role.self, forKey: .newUsers)
            roleClaim = try values.decodeIfPresent(String.self, forKey: .roleClaim)
            roles = try values.decodeIfPresent([String: Role].self, forKey: .roles) ?? [:]
            requireMFA = try values.decodeIfPresent(Bool.self, forKey: .requireMFA) ?? false
        }

        /// - Throws: `SchemaProblem` that names the key whose value can't be.
        func check(id: String, allow: TargetRules) throws(SchemaProblem) {
            func check(_ key: CodingKeys, _ isRight: Bool, _ message: String) throws(SchemaProblem) {
                guard isRight else { throw Self.problem(id, key.rawValue, message) }
            }
            try check(.organization, Organization.isSlug(organization), "'\(organization)' is no organization's slug")
            try check(.clientID, (1...512).contains(clientID.utf8.count), "must have 1 to 512 bytes")
            try check(
                .name,
                name.map { (1...60).contains($0.count) && !$0.contains(where: \.isNewline) } ?? true,
                "must have 1 to 60 characters on one line"
            )
            let address: WebAddress
            do throws(SchemaProblem) { address = try WebAddress(issuer) } catch {
                throw Self.problem(id, CodingKeys.issuer.rawValue, error.message)
            }
            try check(.issuer, !issuer.contains("?"), "has a query, which no issuer has")
            try check(
                .issuer,
                address.scheme == .https || address.isOnLoopback && allow != TargetRules(),
                "must begin with https://; http is for an issuer on this machine alone, which oidc.allow lists"
            )
            try check(
                .domains,
                domains.allSatisfy { WebAddress.isHostName($0) },
                "holds what is no domain such as plant.example"
            )
            try check(.newUsers, newUsers != .superAdmin, "must be ADMIN or OPERATOR")
            try check(
                .newUsers,
                newUsers == nil || !domains.isEmpty,
                "needs domains beside it: else everybody whom the issuer knows would become a user"
            )
            try check(.roles, !roles.values.contains(.superAdmin), "must be ADMIN or OPERATOR")
            try check(.roles, (roleClaim == nil) == roles.isEmpty, "go with roleClaim, and it with them")
        }

        /// With the secret out of its file or the environment.
        func provider(id: String) throws(SchemaProblem) -> OpenIDProvider {
            OpenIDProvider(
                id: id,
                name: name ?? id,
                isPublic: isPublic,
                organization: organization,
                issuer: issuer,
                clientID: clientID,
                clientSecret: OpenIDProvider.ClientSecret(try secret(id)),
                domains: domains,
                newUsers: newUsers,
                roleClaim: roleClaim.map { OpenIDProvider.RoleClaim(name: $0, roles: roles) },
                requiresSecondFactor: requireMFA
            )
        }

        /// The environment's name for a provider's secret.
        static func secretVariable(_ id: String) -> String {
            "EAGLE_OIDC_SECRET_" + id.uppercased().replacing("-", with: "_")
        }

        private func secret(_ id: String) throws(SchemaProblem) -> String {
            let key = CodingKeys.clientSecretFile.rawValue
            guard let clientSecretFile else {
                let variable = Self.secretVariable(id)
                if let secret = ProcessInfo.processInfo.environment[variable], !secret.isEmpty { return secret }
                throw Self.problem(id, key, "is missing, and \(variable) is not set: one of them has the secret")
            }
            guard let data = FileManager.default.contents(atPath: clientSecretFile) else {
                throw Self.problem(id, key, "'\(clientSecretFile)' can't be read")
            }
            let secret = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard !secret.isEmpty else { throw Self.problem(id, key, "'\(clientSecretFile)' is empty") }
            return secret
        }

        private static func problem(_ id: String, _ key: String, _ message: String) -> SchemaProblem {
            SchemaProblem(path: ["oidc", "providers", id, key], message: message)
        }
    }
}
