import Connectors
import Foundation
import Yams

/// A document that a person wrote, YAML or JSON.
enum DocumentFile {
    /// What a file, or with `-` standard input, says.
    ///
    /// - Throws: `FileError` with the line and column of what is wrong.
    static func read<Value: Decodable>(_ type: Value.Type, path: String) throws -> Value {
        let bytes = path == "-" ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : try OutputFile.read(path)
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self)) else {
                throw FileError(.empty, path: path, "is empty")
            }
            root = node
        } catch let error as FileError {
            throw error
        } catch {
            throw SchemaTrouble.syntax(error, path: path)
        }
        do { return try YAMLDecoder().decode(type, from: root) } catch {
            throw SchemaTrouble.decoding(error, of: root, path: path)
        }
    }
}
