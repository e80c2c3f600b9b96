import Alarms
import Delivery
import Foundation
import Plant
import Trust
import Web

/// Who else says who people are: `oidc` in `eagle.yaml`.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `allow` | none | addresses, networks and host names inside at which an issuer may be |
/// | `providers` | none | by the id that stands in addresses, see ``Provider`` |
struct OpenIDConfiguration: Decodable, Sendable {
    var allow = TargetRules()
    var providers: [String: Provider] = [:]

    private enum CodingKeys: String, CodingKey, CaseIterable { case allow, providers }

    static let keys = CodingKeys.allCases.map(\.rawValue)

    init() {}

    /// - Throws: `SchemaProblem` that names the key whose value can't be.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let entries = try values.decodeIfPresent([String].self, forKey: .allow) ?? []
        for (index, entry) in entries.enumerated() where TargetRules([entry]) == nil {
            throw SchemaProblem(
                path: ["oidc", "allow", String(index)],
                message: "'\(entry)' is no address, no network such as 10.20.0.0/16, and no host name"
            )
        }
        allow = TargetRules(entries) ?? TargetRules()
        providers = try values.decodeIfPresent([String: Provider].self, forKey: .providers) ?? [:]
        for (id, provider) in providers {
            guard Organization.isSlug(id) else {
                throw SchemaProblem(
                    path: ["oidc", "providers", id],
                    message: "is no id: 1 to 63 lower-case letters, digits and inner hyphens"
                )
            }
            try provider.check(id: id, allow: allow)
        }
    }

    /// What signs people in by issuers; nil where no provider is set up.
    ///
    /// - Parameter delivery: Says where browsers find the server, and which authorities are trusted.
    /// - Returns: The desk.
    /// - Throws: `SchemaProblem` for a secret that is not there.
    func desk(_ delivery: DeliveryConfiguration) throws -> OpenIDDesk? {
        guard !providers.isEmpty else { return nil }
        guard let publicURL = delivery.publicURL else {
            throw SchemaProblem(
                path: ["oidc"],
                message: "needs delivery.publicURL: issuers send people back there"
            )
        }
        return OpenIDDesk(
            providers: try providers.sorted { $0.key < $1.key }.map { try $0.value.provider(id: $0.key) },
            publicURL: publicURL,
            client: WebClient(dialer: try delivery.dialer(), resolver: NameResolver(), rules: allow)
        )
    }
}
