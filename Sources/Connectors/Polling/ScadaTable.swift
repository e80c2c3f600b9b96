import Database
import Plant

/// A table or view of somebody else's database, its name and columns as the catalogue has them.
struct ScadaTable: Hashable, Sendable {
    let name: String
    let columns: [String]

    /// Looks a table up in the catalogue.
    ///
    /// - Throws: ``SourceError`` with `.tableMissing`, which names those that are there.
    static func named(_ name: String, in database: any SQLReader, path: String) throws -> ScadaTable {
        let tables = try database.query(
            """
            SELECT name
            FROM sqlite_master
            WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY name
            """
        ).map { try $0.decode(at: 0, as: String.self) }
        guard tables.contains(name) else {
            let others = tables.isEmpty ? "has no table at all" : "has \(tables.prefix(20).joined(separator: ", "))"
            let near = NearMisses.of(name, among: tables, countMax: 1).first.map { ": did you mean \($0)?" } ?? ""
            throw SourceError(.tableMissing, "there is no table '\(name)' in \(path), which \(others)\(near)")
        }
        let columns = try database.query("SELECT name FROM pragma_table_xinfo(\(name)) ORDER BY cid")
        return ScadaTable(name: name, columns: try columns.map { try $0.decode(at: 0, as: String.self) })
    }

    /// The columns a schema reads, as far as the table has them.
    ///
    /// - Throws: ``SourceError`` with `.columnMissing` where the timestamp, asset or order column is not there.
    func columns(of wanted: [String], needed: [String]) throws(SourceError) -> [String] {
        for column in needed where !columns.contains(column) {
            let near = NearMisses.of(column, among: columns, countMax: 1).first.map { ": did you mean \($0)?" } ?? ""
            let has = columns.prefix(20).joined(separator: ", ") + (columns.count > 20 ? ", ..." : "")
            throw SourceError(.columnMissing, "the table '\(name)' has no column '\(column)', but \(has)\(near)")
        }
        var seen: Set<String> = []
        return wanted.filter { columns.contains($0) && seen.insert($0).inserted }
    }
}
