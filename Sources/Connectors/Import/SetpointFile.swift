package import Alarms
import Plant
import Yams

/// Reads setpoint configurations out of a CSV with a header, or a JSON list of objects.
package enum SetpointFile {
    /// The rules that a file's configurations come to, beside those that the schema has.
    ///
    /// - Throws: ``FileError`` with line and column for what can't be read at all.
    package static func load(path: String, for document: SchemaDocument) throws(FileError) -> SetpointImport {
        var found = SetpointImport(for: document)
        let isJSON = path.lowercased().hasSuffix(".json")
        for row in try isJSON ? jsonRows(path) : csvRows(path) { found.take(row) }
        return found
    }

    private static func csvRows(_ path: String) throws(FileError) -> [SetpointRow] {
        var reader = try CSVReader.open(path: path)
        let columns = reader.columns.map { SetpointRow.Column(heading: $0) }
        guard columns.contains(.scadaField) else {
            throw FileError(
                .columnMissing,
                path: path,
                line: 1,
                column: 1,
                "has no column scadaField: the header has name, type, zone, scadaField, setpointField, lowDeviation, "
                    + "highDeviation"
            )
        }
        var rows: [SetpointRow] = []
        while try reader.next() {
            var values: [SetpointRow.Column: SetpointRow.Text] = [:]
            for case (let index, let column?) in columns.enumerated() {
                let place = reader.error(.valueUnreadable, field: index, "")
                values[column] = SetpointRow.Text(
                    text: plain(reader.text(index)),
                    line: place.line ?? reader.line,
                    column: place.column ?? 1
                )
            }
            rows.append(try SetpointRow(values, at: (reader.line, 1), path: path))
        }
        return rows
    }

    private static func jsonRows(_ path: String) throws(FileError) -> [SetpointRow] {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: try SchemaFile.text(path: path)) else {
                throw FileError(.empty, path: path, "is empty: a list of setpoint configurations is expected")
            }
            root = node
        } catch let error as FileError {
            throw error
        } catch {
            throw SchemaTrouble.syntax(error, path: path)
        }
        guard case .sequence(let list) = root.mapping?["setpoints"] ?? root else {
            throw FileError(
                .syntax,
                path: path,
                line: root.mark?.line,
                column: root.mark?.column,
                "is no list: write [{\"scadaField\": ...}, ...]"
            )
        }
        var rows: [SetpointRow] = []
        for node in list {
            guard case .mapping(let mapping) = node else {
                throw FileError(
                    .syntax,
                    path: path,
                    line: node.mark?.line,
                    column: node.mark?.column,
                    "is no object: each configuration is one, such as {\"scadaField\": \"hz1pv\", ...}"
                )
            }
            var values: [SetpointRow.Column: SetpointRow.Text] = [:]
            for (key, value) in mapping {
                guard let column = key.string.flatMap({ SetpointRow.Column(heading: $0) }) else { continue }
                values[column] = SetpointRow.Text(
                    text: value.null == nil ? plain(value.scalar?.string ?? "") : "",
                    line: value.mark?.line ?? 1,
                    column: value.mark?.column ?? 1
                )
            }
            rows.append(try SetpointRow(values, at: (node.mark?.line ?? 1, node.mark?.column ?? 1), path: path))
        }
        return rows
    }

    /// Without the blanks around it; what databases write for nothing is nothing.
    private static func plain(_ text: String) -> String {
        let text = String(text.trimmingSpaces)
        return ["null", "\\n"].contains(text.lowercased()) ? "" : text
    }
}
