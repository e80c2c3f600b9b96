/// The mail server through which all organizations' mail goes, as its operator has set it.
package struct MailSettings: Sendable {
    package enum Security: String, Hashable, Sendable, Codable, CaseIterable {
        /// Plain at first, and TLS before anything that matters; without it nothing is sent.
        case starttls
        /// TLS from the first byte.
        case tls
        /// None at all.
        case none
    }

    package let host: String
    package let port: Int
    package let security: Security
    /// None where the server takes mail from this machine as it is.
    package let login: Login?
    /// The sender's address, a valid one.
    package let from: String
    /// The sender's name.
    package let fromName: String

    package init(host: String, port: Int, security: Security, login: Login?, from: String, fromName: String = "Eagle") {
        self.host = host
        self.port = port
        self.security = security
        self.login = login
        self.from = from
        self.fromName = fromName
    }

    package struct Login: Sendable, CustomStringConvertible, CustomReflectable {
        package let username: String
        package let password: String

        package init(username: String, password: String) {
            self.username = username
            self.password = password
        }

        /// Without the password.
        package var description: String { "Login(\(username))" }
        package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
    }
}
