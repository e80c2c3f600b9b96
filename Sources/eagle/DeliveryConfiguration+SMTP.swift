import Alarms
import Delivery
import Foundation
import Plant

extension DeliveryConfiguration {
    /// The mail server that all mail goes through: `delivery.smtp` in `eagle.yaml`.
    ///
    /// | key | default | meaning |
    /// |---|---|---|
    /// | `host` | required | its name |
    /// | `port` | 587; 465 with `tls`, 25 with `none` | its port |
    /// | `security` | `starttls`; `tls` at port 465 | `starttls` (required then), `tls` from the first byte, or `none` |
    /// | `username` | none | with it the server logs in |
    /// | `passwordFile` | none | a file with the password; else it is in `EAGLE_SMTP_PASSWORD` |
    /// | `from` | required | the sender's address |
    /// | `fromName` | `Eagle` | the sender's name |
    struct SMTP: Decodable, Sendable {
        static let passwordVariable = "EAGLE_SMTP_PASSWORD"

        let host: String
        let port: Int
        let security: MailSettings.Security
        let username: String?
        let passwordFile: String?
        let from: String
        let fromName: String

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case host, port, security, username, passwordFile, from, fromName
        }

        static let keys = CodingKeys.allCases.map(\.rawValue)

        /// - Throws: `SchemaProblem` that names the key whose value can't be.
        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            func check(_ key: CodingKeys, _ isRight: Bool, _ message: String) throws(SchemaProblem) {
                guard isRight else { throw Self.problem(key.rawValue, message) }
            }
            host = try values.decode(String.self, forKey: .host).lowercased()
            try check(
                .host,
                WebAddress.isHostName(host) || NetworkAddress(host) != nil,
                "'\(host)' is no host's name or address"
            )
            let port = try values.decodeIfPresent(Int.self, forKey: .port)
            let text = try values.decodeIfPresent(String.self, forKey: .security)
            let named = text.map { MailSettings.Security(rawValue: $0) }
            try check(.security, named != .some(nil), "must be starttls, tls or none")
            security = named.flatMap(\.self) ?? (port == 465 ? .tls : .starttls)
            self.port = port ?? (security == .tls ? 465 : security == .none ? 25 : 587)
            try check(.port, (1...65_535).contains(self.port), "must be from 1 to 65535")
            username = try values.decodeIfPresent(String.self, forKey: .username)
            passwordFile = try values.decodeIfPresent(String.self, forKey: .passwordFile)
            try check(.passwordFile, passwordFile == nil || username != nil, "needs a username beside it")
            let isLocal = host == "localhost" || NetworkAddress(host)?.isLoopback == true
            try check(
                .username,
                username == nil || security != .none || isLocal,
                "would be sent with its password for all to read: use security: starttls or tls"
            )
            from = try values.decode(String.self, forKey: .from)
            try check(.from, EmailAddress.isValid(from), "'\(from)' is no address such as eagle@plant.example")
            fromName = try values.decodeIfPresent(String.self, forKey: .fromName) ?? "Eagle"
            try check(
                .fromName,
                (1...100).contains(fromName.utf8.count) && fromName.singleLine(countMax: 100) == fromName,
                "must be 1 to 100 bytes on one line"
            )
        }

        /// With the password out of its file or the environment.
        func settings() throws(SchemaProblem) -> MailSettings {
            MailSettings(
                host: host,
                port: port,
                security: security,
                login: try username.map { username throws(SchemaProblem) in
                    MailSettings.Login(username: username, password: try password())
                },
                from: from,
                fromName: fromName
            )
        }

        private func password() throws(SchemaProblem) -> String {
            guard let passwordFile else {
                if let password = ProcessInfo.processInfo.environment[Self.passwordVariable] { return password }
                throw Self.problem("username", "needs a password: give passwordFile, or set \(Self.passwordVariable)")
            }
            guard let data = FileManager.default.contents(atPath: passwordFile) else {
                throw Self.problem("passwordFile", "'\(passwordFile)' can't be read")
            }
            let password = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
            guard !password.isEmpty else { throw Self.problem("passwordFile", "'\(passwordFile)' is empty") }
            return password
        }

        private static func problem(_ key: String, _ message: String) -> SchemaProblem {
            SchemaProblem(path: ["delivery", "smtp", key], message: message)
        }
    }
}
