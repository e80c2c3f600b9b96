package import Trust

/// A column whose texts are sealed, row by row, each under the name of its row.
///
/// All of them stand here: what does not is not resealed when a key is rotated, and can't be read any more once the
/// former key is retired.
package struct SealedColumn: Hashable, Sendable {
    let table: String
    /// With the organization it names the row, and is what the row's text is sealed as being of.
    let key: String
    let column: String
    package let kind: SealedKind

    package static let all = [
        SealedColumn(table: "source", key: "id", column: "configuration", kind: .source),
        SealedColumn(table: "delivery_secret", key: "target_id", column: "secret", kind: .deliverySecret),
        // Those of people who belong to an organization; the others' are under the server's own key, which is not retired.
        SealedColumn(table: "second_factor", key: "account_id", column: "sealed_secret", kind: .totp),
    ]
}
