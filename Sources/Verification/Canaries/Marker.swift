/// One thing by which an organization's data is known again.
package struct Marker: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case text = "a stored text"
        case name = "a name"
        case reading = "a reading's value"
        case id = "an id"
        case credential = "a password, key or token"
    }

    package let kind: Kind
    package let value: String

    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }
}

/// Where a marker turned up, and how it was written there.
package struct MarkerMatch: Hashable, Sendable {
    package enum Form: String, Hashable, Sendable, Codable {
        case plain, base64, hexadecimal
        case percent = "percent-encoded"
    }

    package let marker: Marker
    package let form: Form
}
