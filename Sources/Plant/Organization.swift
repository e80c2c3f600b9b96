/// A tenant, a plant or a company; everything belongs to exactly one, but the server's own settings.
package struct Organization: Hashable, Sendable, Codable {
    package let id: ID<Organization>
    /// How people write it in files and commands: lower-case letters, digits and hyphens.
    package let slug: String
    package let name: String
    /// Predictions are made only once a model is deployed and an admin has said so.
    package var predictionEnabled: Bool

    package init(id: ID<Organization>, slug: String, name: String, predictionEnabled: Bool = false) {
        self.id = id
        self.slug = slug
        self.name = name
        self.predictionEnabled = predictionEnabled
    }

    /// One to 63 lower-case letters, digits and hyphens, as in a host name.
    package static func isSlug(_ text: some StringProtocol) -> Bool {
        guard (1...63).contains(text.utf8.count), text.first != "-", text.last != "-" else { return false }
        return text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}
