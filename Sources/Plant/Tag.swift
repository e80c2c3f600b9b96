/// The address of one signal of an asset, after column mapping.
package struct Tag: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable { case continuous, boolean }

    package let name: String
    package let kind: Kind

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}
