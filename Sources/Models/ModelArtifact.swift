import Crypto
import FoundationEssentials

/// One model version as one file: a tar archive of its manifest, schema, ONNX bytes, booster texts and golden vectors.
package struct ModelArtifact: Sendable {
    package let manifest: ModelManifest
    /// The schema document, rules included, as JSON.
    package let schemaDocument: String
    package let onnx: [UInt8]
    /// Head to LightGBM's text: `failure`, `component`, `survival`.
    package let boosters: [String: String]
    package let golden: GoldenVectors
    /// How good it is and on what that was judged; nil in artifacts made elsewhere or long ago.
    package let report: ModelReport?

    static let manifestName = "manifest.json"
    /// The manifest's own hash, for `sha256sum -c`: the manifest holds those of all else.
    static let manifestHashName = "manifest.json.sha256"
    static let schemaName = "schema.json"
    static let onnxName = "model.onnx"
    static let goldenName = "golden.json"
    static let reportName = "report.json"
    static let boosterSuffix = ".booster.txt"

    /// Puts a version together; the manifest's `contents` are filled in here.
    package init(
        manifest: ModelManifest,
        schemaDocument: String,
        onnx: [UInt8],
        boosters: [String: String],
        golden: GoldenVectors,
        report: ModelReport? = nil
    ) throws {
        self.schemaDocument = schemaDocument
        self.onnx = onnx
        self.boosters = boosters
        self.golden = golden
        self.report = report
        var manifest = manifest
        manifest.contents = [:]
        let files = try Self.files(schemaDocument, onnx, boosters, golden, report)
        for (name, bytes) in files { manifest.contents[name] = Self.hash(bytes) }
        self.manifest = manifest
    }

    /// The file's bytes; the same artifact always gives the same.
    package func bytes() throws -> [UInt8] {
        var archive = TarArchive()
        let manifestBytes = try Self.json(manifest)
        archive.append(Self.manifestName, manifestBytes)
        archive.append(Self.manifestHashName, Self.manifestHashLine(of: manifestBytes))
        let files = try Self.files(schemaDocument, onnx, boosters, golden, report)
        for (name, bytes) in files { archive.append(name, bytes) }
        return archive.bytes
    }

    /// Names a file by its bytes.
    package static func version(of bytes: [UInt8]) -> ModelVersion {
        guard let version = ModelVersion(hash: hash(bytes)) else { preconditionFailure("SHA-256 has 64 digits") }
        return version
    }

    private static func files(
        _ schemaDocument: String,
        _ onnx: [UInt8],
        _ boosters: [String: String],
        _ golden: GoldenVectors,
        _ report: ModelReport?
    ) throws -> [(name: String, bytes: [UInt8])] {
        let texts = boosters.sorted { $0.key < $1.key }.map { ($0.key + boosterSuffix, Array($0.value.utf8)) }
        var files = [(name: schemaName, bytes: Array(schemaDocument.utf8)), (onnxName, onnx)] + texts
        files.append((goldenName, try json(golden)))
        if let report { files.append((reportName, try json(report))) }
        return files
    }

    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    static func manifestHashLine(of bytes: [UInt8]) -> [UInt8] {
        Array("\(hash(bytes))  \(manifestName)\n".utf8)
    }

    static func hash(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
