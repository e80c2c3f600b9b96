import Database
import FoundationEssentials
import Plant

/// Compares a row with its first version where the schema has changed between them: by the tags they share.
///
/// A source's overlap brings rows again under the new schema; that they have other tags now is no conflict.
struct ReadingComparison {
    /// The part of a schema document that says which value is whose.
    private struct TagNames: Decodable {
        let continuousColumns: [String]
        let booleanColumns: [String]?

        var names: [String] { continuousColumns + (booleanColumns ?? []) }
    }

    let scope: OrganizationScope
    private var known: [Int: [String]] = [:]

    init(scope: OrganizationScope) { self.scope = scope }

    /// - Returns: False also where one of the schemas is not known: then nothing says that they are the same.
    mutating func isSame(
        _ values: Data,
        _ version: Int,
        _ firstValues: Data,
        _ firstVersion: Int,
        in transaction: any SQLTransaction
    ) throws -> Bool {
        guard let names = try tags(of: version, in: transaction),
            let firstNames = try tags(of: firstVersion, in: transaction)
        else { return false }
        let (row, notGood) = try PackedValues.unpacked(values)
        let (first, firstNotGood) = try PackedValues.unpacked(firstValues)
        guard row.count == names.count, first.count == firstNames.count else { return false }
        let places = Dictionary(zip(firstNames, first.indices)) { earlier, _ in earlier }
        return zip(names, row.indices).allSatisfy { name, index in
            guard let place = places[name] else { return true }
            return row[index].bitPattern == first[place].bitPattern
                && notGood.contains(index) == firstNotGood.contains(place)
        }
    }

    private mutating func tags(of version: Int, in transaction: any SQLTransaction) throws -> [String]? {
        if let names = known[version] { return names }
        let row = try transaction.query(
            "SELECT document FROM signal_schema WHERE organization_id = \(scope.id) AND version = \(version)"
        ).first
        guard let row else { return nil }
        let names = try JSONText.decoded(
            TagNames.self,
            row.decode("document", as: String.self),
            from: "schema"
        ).names
        known[version] = names
        return names
    }
}
