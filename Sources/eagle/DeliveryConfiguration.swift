import Alarms
import Delivery
import Foundation
import Plant

/// How alerts leave the server: `delivery` in `eagle.yaml`.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `publicURL` | none | where browsers find the console; links in messages begin with it |
/// | `contact` | `publicURL`, else `smtp.from` | whom push services may turn to; without it there is no web push |
/// | `certificates` | none | a file in PEM of authorities that are trusted beside the system's |
/// | `allow` | none | addresses, networks and host names inside that messages may go to |
/// | `allowByOrganization` | none | the same for one organization alone, by its slug |
/// | `smtp` | none | see ``SMTP``: without it there is no mail |
struct DeliveryConfiguration: Decodable, Sendable {
    var publicURL: String?
    var contact: String?
    var certificates: String?
    var allow = TargetRules()
    var allowByOrganization: [String: TargetRules] = [:]
    var smtp: SMTP?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case publicURL, contact, certificates, allow, allowByOrganization, smtp
    }

    static let keys = CodingKeys.allCases.map(\.rawValue)

    init() {}

    /// - Throws: `SchemaProblem` that names the key whose value can't be.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        certificates = try values.decodeIfPresent(String.self, forKey: .certificates)
        smtp = try values.decodeIfPresent(SMTP.self, forKey: .smtp)
        if let text = try values.decodeIfPresent(String.self, forKey: .publicURL) {
            do throws(SchemaProblem) { _ = try WebAddress(text) } catch {
                throw SchemaProblem(path: ["delivery", CodingKeys.publicURL.rawValue], message: error.message)
            }
            publicURL = text
        }
        if let text = try values.decodeIfPresent(String.self, forKey: .contact) {
            guard VAPIDKey.isContact(text) else {
                throw SchemaProblem(
                    path: ["delivery", CodingKeys.contact.rawValue],
                    message: "must begin with mailto: or https:// and name a whole address: mailto:ops@plant.example"
                )
            }
            contact = text
        }
        allow = try Self.rules(
            try values.decodeIfPresent([String].self, forKey: .allow) ?? [],
            at: [CodingKeys.allow.rawValue]
        )
        let lists = try values.decodeIfPresent([String: [String]].self, forKey: .allowByOrganization) ?? [:]
        for (slug, entries) in lists {
            allowByOrganization[slug] = try Self.rules(entries, at: [CodingKeys.allowByOrganization.rawValue, slug])
        }
    }

    private static func rules(_ entries: [String], at path: [String]) throws(SchemaProblem) -> TargetRules {
        for (index, entry) in entries.enumerated() where TargetRules([entry]) == nil {
            throw SchemaProblem(
                path: ["delivery"] + path + [String(index)],
                message: "'\(entry)' is no address, no network such as 10.20.0.0/16, and no host name"
            )
        }
        return TargetRules(entries) ?? TargetRules()
    }

    /// What connects to the outside, and whom it trusts there.
    ///
    /// - Throws: `SchemaProblem` for certificates that can't be read.
    func dialer() throws(SchemaProblem) -> Dialer {
        do { return try Dialer(certificates: certificates) } catch {
            throw SchemaProblem(
                path: ["delivery", CodingKeys.certificates.rawValue],
                message: "'\(certificates ?? "")' can't be read as certificates in PEM"
            )
        }
    }

    /// The messengers of a server with that data directory, where its key for push services is kept.
    ///
    /// - Throws: `SchemaProblem` or `KeyFileError` for a file that is not there, or is not what it should be.
    func messengers(directory: String) throws -> Messengers {
        let client = WebClient(
            dialer: try dialer(),
            resolver: NameResolver(),
            rules: allow,
            rulesByOrganization: allowByOrganization
        )
        let contacts = [contact, publicURL, smtp.map { "mailto:\($0.from)" }].compactMap(\.self)
        let usable = contacts.first(where: VAPIDKey.isContact)
        return Messengers(
            client: client,
            mail: try smtp?.settings(),
            vapid: try usable.map { try VAPIDKeyFile.load(directory: directory, contact: $0) }
        )
    }
}
