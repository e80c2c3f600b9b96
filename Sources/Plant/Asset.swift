/// A machine of an organization, known to its source by name.
package struct Asset: Hashable, Sendable, Codable {
    /// The name of the only asset where a schema names no asset column.
    package static let onlyName = "plant"

    package let id: ID<Asset>
    package let name: String

    package init(id: ID<Asset>, name: String) {
        self.id = id
        self.name = name
    }
}
