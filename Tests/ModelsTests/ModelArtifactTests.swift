import Foundation
import Models
import Plant
import TestSupport
import Testing

@Suite struct ModelArtifactTests {
    private static let parts = [
        "manifest.json", "manifest.json.sha256", "schema.json", "model.onnx", "component.booster.txt",
        "failure.booster.txt", "survival.booster.txt", "golden.json",
    ]

    /// The small model's file with its parts changed.
    private func repacked(_ change: (inout [(name: String, bytes: [UInt8])]) -> Void) throws -> [UInt8] {
        var entries = try TarArchive(SmallModel.artifact().bytes()).entries
        change(&entries)
        var archive = TarArchive()
        for (name, bytes) in entries { archive.append(name, bytes) }
        return archive.bytes
    }

    private func refusal(_ bytes: [UInt8]) throws -> ModelError {
        let error = try #require(throws: ModelError.self) { try ModelArtifact(bytes: bytes) }
        #expect(error.code == .artifactCorrupt)
        return error
    }

    @Test func `the same artifact gives the same bytes, and is read back whole`() throws {
        let artifact = try SmallModel.artifact()
        let bytes = try artifact.bytes()
        #expect(try SmallModel.artifact().bytes() == bytes)
        let read = try ModelArtifact(bytes: bytes)
        #expect(read.manifest == artifact.manifest)
        #expect(read.schemaDocument == artifact.schemaDocument)
        #expect(read.onnx == artifact.onnx)
        #expect(read.boosters == artifact.boosters)
        #expect(read.golden == artifact.golden)
        #expect(try read.bytes() == bytes)
        #expect(try TarArchive(bytes).entries.map(\.name) == Self.parts)
    }

    @Test func `a file's version is the SHA-256 of its bytes`() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(ModelArtifact.version(of: []).hash == empty)
    }

    @Test(arguments: parts)
    func `a part that was changed is named`(part: String) throws {
        let bytes = try repacked { entries in
            guard let index = entries.firstIndex(where: { $0.name == part }) else { return }
            entries[index].bytes[entries[index].bytes.count / 2] ^= 1
        }
        #expect(try refusal(bytes).message.contains("'\(part.replacing(".sha256", with: ""))'"))
    }

    @Test(arguments: parts)
    func `a part that is missing is named`(part: String) throws {
        let bytes = try repacked { $0.removeAll { $0.name == part } }
        #expect(try refusal(bytes).message.contains("'\(part)'"))
    }

    @Test(arguments: ["model.onnx", "manifest.json"])
    func `a part that stands there twice is named, as other tools would take the other one`(part: String) throws {
        let bytes = try repacked { $0.append((part, [1, 2, 3])) }
        #expect(try refusal(bytes).message.contains("'\(part)'"))
    }

    @Test func `a part that the manifest does not know is named`() throws {
        let bytes = try repacked { $0.append(("extra.txt", [1])) }
        #expect(try refusal(bytes).message.contains("'extra.txt'"))
    }

    @Test func `a file that was cut off anywhere is no artifact`() throws {
        let bytes = try SmallModel.artifact().bytes()
        for count in [0, 1, 511, 512, 700, bytes.count / 2, bytes.count - 1_024] {
            _ = try refusal(Array(bytes.prefix(count)))
        }
    }

    @Test func `noise is no artifact`() throws {
        var generator = SeededGenerator(seed: 9)
        let whole = try SmallModel.artifact().bytes()
        for _ in 0..<300 {
            var bytes = whole
            // Within a header or a part: what only pads is no one's.
            let place = Int.random(in: 0..<1_024, using: &generator)
            bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
            _ = try refusal(bytes)
        }
    }

    @Test func `a format of another time is named`() throws {
        var manifest = try SmallModel.manifest()
        manifest.format = 7
        let message = try refusal(SmallModel.artifact(manifest: manifest).bytes()).message
        #expect(message.contains("format 7") && message.contains("reads 1"))
    }

    @Test(
        arguments: [
            { $0.viewHash = String(repeating: "0", count: 64) }, { $0.horizonMinutes = .max },
            { $0.horizonMinutes = 0 },
            { $0.threshold = -1 }, { $0.raiseAfter = 0 }, { $0.clearBelow = 2 }, { $0.components = ["fan", "fan"] },
        ] as [@Sendable (inout ModelManifest) -> Void]
    )
    func `a manifest that no model can be served with is refused`(
        change: @Sendable (inout ModelManifest) -> Void
    ) throws {
        var manifest = try SmallModel.manifest()
        change(&manifest)
        #expect(try refusal(SmallModel.artifact(manifest: manifest).bytes()).message.contains("'manifest.json'"))
    }

    @Test(
        arguments: [
            [:], ["score": [0, 0], "probability": [0, 0]],
            ["score": [0], "probability": [0, 0], "components": [0, 0, 0, 0], "survival": [0, 0, 0, 0, 0, 0]],
        ] as [[String: [Float]]]
    )
    func `golden vectors that leave an output unproven are refused`(outputs: [String: [Float]]) throws {
        let artifact = try SmallModel.artifact(golden: SmallModel.golden(outputs: outputs))
        #expect(try refusal(artifact.bytes()).message.contains("'golden.json'"))
    }

    @Test func `a head that is a path is refused`() throws {
        let artifact = try ModelArtifact(
            manifest: SmallModel.manifest(),
            schemaDocument: "{}",
            onnx: [1],
            boosters: ["../failure": "tree"],
            golden: SmallModel.golden()
        )
        #expect(try refusal(artifact.bytes()).message.contains("'../failure.booster.txt'"))
    }
}
