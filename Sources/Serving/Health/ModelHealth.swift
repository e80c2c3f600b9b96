package import Models
package import Plant

/// What became of looking at one model version.
package struct ModelHealth: Sendable, Encodable {
    /// One thing that was looked at.
    package struct Check: Sendable, Encodable {
        package enum Name: String, Sendable, Encodable {
            /// The file is there, and its content is the one it is named by.
            case file
            /// The graph is of a kind that may be served, and a fresh session gives the numbers recorded with it.
            case proof
            /// The session in memory gives them too.
            case memory
            /// What the assets sent last lies where the model has seen values.
            case inputs
        }

        package let name: Name
        package let isWell: Bool
        package let detail: String
    }

    package let version: ModelVersion
    package let checkedAt: Instant
    /// In the order in which they were made; after one that failed only those that do not need it.
    package let checks: [Check]
    /// Of those checks that decide whether it may serve; inputs are the plant's, and only worth a look.
    package var isHealthy: Bool { checks.allSatisfy { $0.isWell || $0.name == .inputs } }
    /// What keeps it from serving; nil where nothing does.
    package let error: ModelError?

    private enum CodingKeys: String, CodingKey { case version, checkedAt, isHealthy, checks }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(version, forKey: .version)
        try values.encode(checkedAt, forKey: .checkedAt)
        try values.encode(isHealthy, forKey: .isHealthy)
        try values.encode(checks, forKey: .checks)
    }
}
