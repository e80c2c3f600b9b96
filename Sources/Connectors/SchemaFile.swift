package import Alarms
package import FoundationEssentials
package import Plant
import Yams

/// Reads schema documents, and tells where in them something is wrong.
package enum SchemaFile {
    /// The document in a YAML or JSON file, checked, its time zone included.
    ///
    /// - Throws: ``FileError`` with the line and column of what is wrong.
    package static func load(path: String) throws(FileError) -> SchemaDocument {
        try parse(text(path: path), path: path)
    }

    /// A YAML or JSON file as text.
    ///
    /// - Throws: ``FileError`` where it can't be read, is no UTF-8, or is too long for what it should be.
    package static func text(path: String) throws(FileError) -> String {
        let file = try InputFile(path: path)
        var bytes: [UInt8] = []
        while try file.read(into: &bytes, countMax: 1 << 16) {
            guard bytes.count <= byteCountMax else {
                throw FileError(.rowTooLong, path: path, "is longer than 4 MiB: is this a schema?")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FileError(.invalidUTF8, path: path, "is not UTF-8: save it as UTF-8")
        }
        return text
    }

    /// The document in a YAML or JSON text, which errors call `path`; a text from elsewhere has no aliases.
    package static func parse(
        _ text: String,
        path: String,
        allowsAliases: Bool = true
    ) throws(FileError) -> SchemaDocument {
        if !allowsAliases { try YAMLBounds.refuseAliases(in: text, path: path) }
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw FileError(.empty, path: path, "is empty: a schema begins with organization and continuousColumns")
            }
            root = node
        } catch let error as FileError {
            throw error
        } catch {
            throw SchemaTrouble.syntax(error, path: path)
        }
        try YAMLBounds.check(root, path: path)
        do {
            return try checked(YAMLDecoder().decode(SchemaDocument.self, from: root))
        } catch {
            throw SchemaTrouble.decoding(error, of: root, path: path)
        }
    }

    /// The schema in a YAML or JSON text, without its rules; errors call the text `path`.
    package static func schema(in text: String, path: String) throws(FileError) -> SignalSchema {
        try parse(text, path: path).schema
    }

    /// The document in a JSON body, checked, its time zone included.
    package static func parse(json: Data) throws(SchemaProblem) -> SchemaDocument {
        do {
            return try checked(JSONDecoder().decode(SchemaDocument.self, fromOutside: json))
        } catch {
            throw SchemaTrouble.problem(error)
        }
    }

    private static let byteCountMax = 4 << 20

    private static func checked(_ document: SchemaDocument) throws(SchemaProblem) -> SchemaDocument {
        _ = try document.schema.zoneOffsets()
        if let problem = document.misspeltWeight { throw problem }
        return document
    }
}
