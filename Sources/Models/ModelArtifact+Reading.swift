import Features
import FoundationEssentials
import Plant

extension ModelArtifact {
    /// Reads a file and checks each part against the manifest.
    ///
    /// - Throws: ``ModelError`` with `.artifactCorrupt`, which names the part.
    package init(bytes: [UInt8]) throws(ModelError) {
        let parts = try Self.parts(in: bytes)
        let manifest = try Self.manifest(in: parts)
        for name in parts.keys.sorted() where name != Self.manifestName && name != Self.manifestHashName {
            guard manifest.contents[name] != nil else {
                throw ModelError(.artifactCorrupt, "'\(name)' is in the artifact, but the manifest knows nothing of it")
            }
        }
        var boosters: [String: String] = [:]
        for (name, expected) in manifest.contents.sorted(by: { $0.key < $1.key }) {
            let part = try Self.part(name, parts)
            guard Self.hash(part) == expected else {
                throw ModelError(.artifactCorrupt, "'\(name)' in the artifact was changed: its SHA-256 differs")
            }
            if [Self.schemaName, Self.onnxName, Self.goldenName, Self.reportName].contains(name) { continue }
            boosters[try Self.head(of: name)] = try Self.text(part, name)
        }
        for name in [Self.schemaName, Self.onnxName, Self.goldenName] where manifest.contents[name] == nil {
            throw ModelError(.artifactCorrupt, "the manifest does not vouch for '\(name)'")
        }
        self.manifest = manifest
        self.boosters = boosters
        schemaDocument = try Self.text(try Self.part(Self.schemaName, parts), Self.schemaName)
        onnx = try Self.part(Self.onnxName, parts)
        golden = try Self.golden(try Self.part(Self.goldenName, parts), manifest)
        report = try parts[Self.reportName].map { (bytes) throws(ModelError) in try Self.report(bytes) }
    }

    private static func report(_ bytes: [UInt8]) throws(ModelError) -> ModelReport {
        do { return try JSONDecoder().decode(ModelReport.self, fromOutside: Data(bytes)) } catch {
            throw ModelError(.artifactCorrupt, "'\(reportName)' in the artifact can't be read", cause: error)
        }
    }

    /// A file's parts by name; none twice, since other tools would take the other one.
    private static func parts(in bytes: [UInt8]) throws(ModelError) -> [String: [UInt8]] {
        let archive: TarArchive
        do { archive = try TarArchive(bytes) } catch {
            throw ModelError(
                .artifactCorrupt,
                "the file is not a whole .eaglemodel: train it again or copy it anew",
                cause: error
            )
        }
        var parts: [String: [UInt8]] = [:]
        for (name, bytes) in archive.entries {
            guard parts.updateValue(bytes, forKey: name) == nil else {
                throw ModelError(.artifactCorrupt, "'\(name)' is in the artifact twice: copy it anew")
            }
        }
        return parts
    }

    private static func part(_ name: String, _ parts: [String: [UInt8]]) throws(ModelError) -> [UInt8] {
        guard let bytes = parts[name] else {
            throw ModelError(.artifactCorrupt, "'\(name)' is missing from the artifact: copy it anew")
        }
        return bytes
    }

    private static func text(_ bytes: [UInt8], _ name: String) throws(ModelError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ModelError(.artifactCorrupt, "'\(name)' in the artifact is not UTF-8 text")
        }
        return text
    }

    private static func manifest(in parts: [String: [UInt8]]) throws(ModelError) -> ModelManifest {
        let bytes = try part(manifestName, parts)
        // Before the hash: another format may have another one, and its user should hear of the format.
        let format = try? JSONDecoder().decode(FormatOnly.self, fromOutside: Data(bytes)).format
        if let format, format != ModelManifest.currentFormat {
            throw ModelError(
                .artifactCorrupt,
                "the artifact has format \(format), this program reads \(ModelManifest.currentFormat)"
            )
        }
        guard try part(manifestHashName, parts) == manifestHashLine(of: bytes) else {
            throw ModelError(.artifactCorrupt, "'\(manifestName)' in the artifact was changed: its SHA-256 differs")
        }
        let manifest: ModelManifest
        do { manifest = try JSONDecoder().decode(ModelManifest.self, fromOutside: Data(bytes)) } catch {
            throw ModelError(.artifactCorrupt, "'\(manifestName)' in the artifact can't be read", cause: error)
        }
        if let problem = manifest.problem {
            throw ModelError(.artifactCorrupt, "'\(manifestName)' in the artifact can't be served: \(problem)")
        }
        return manifest
    }

    private struct FormatOnly: Decodable {
        let format: Int
    }

    /// The head whose text a part is: a plain word, so that nobody's export is led astray by a path.
    private static func head(of name: String) throws(ModelError) -> String {
        let head = name.dropLast(boosterSuffix.count)
        guard name.hasSuffix(boosterSuffix), !head.isEmpty, head.utf8.allSatisfy({ (97...122).contains($0) }) else {
            throw ModelError(.artifactCorrupt, "'\(name)' is no part of a model")
        }
        return String(head)
    }

    private static func golden(_ bytes: [UInt8], _ manifest: ModelManifest) throws(ModelError) -> GoldenVectors {
        let golden: GoldenVectors
        do { golden = try JSONDecoder().decode(GoldenVectors.self, fromOutside: Data(bytes)) } catch {
            throw ModelError(.artifactCorrupt, "'\(goldenName)' in the artifact can't be read", cause: error)
        }
        guard golden.columnCount == manifest.view.count else {
            throw ModelError(.artifactCorrupt, "'\(goldenName)' does not have the feature view's width")
        }
        // An output without golden values would be served without ever having been proven.
        let widths = manifest.outputWidths
        let isWhole = widths.allSatisfy { golden.output($0.name)?.count == $0.width * golden.rowCount }
        guard golden.outputNames.count == widths.count, isWhole else {
            throw ModelError(.artifactCorrupt, "'\(goldenName)' does not have the outputs that the manifest describes")
        }
        return golden
    }
}
