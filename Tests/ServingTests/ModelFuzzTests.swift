import Features
import Foundation
import Models
import ONNXRuntime
import TestSupport
import Testing

@testable import Serving

/// Files that nobody made: each is refused with an error, or serves as what it says it is; nothing crashes or hangs.
///
/// `EAGLE_FUZZ` sets how many there are of each; a seed that fails is printed, and `EAGLE_FUZZ_SEED` begins with it.
/// A file that was only changed is found out by its hashes; ``RepackedModel`` makes these anew, as whoever means harm
/// would, so that what lies behind them is reached too.
@Suite struct ModelFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["EAGLE_FUZZ"].flatMap { Int($0) } ?? 2_000
    private static let firstSeed = environment["EAGLE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    private static var seeds: Range<UInt64> { firstSeed..<firstSeed + UInt64(count) }

    /// One to eight changes: bits, bytes that matter to varints, cuts, repeats and moves.
    private func mutated(_ whole: [UInt8], seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes = whole
        for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &generator)
            let length = Int.random(in: 1...64, using: &generator)
            let end = min(bytes.count, place + length)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[place] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            case 2: for index in place..<end { bytes[index] = .random(in: .min ... .max, using: &generator) }
            case 3: bytes.removeSubrange(place..<end)
            case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 5: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator) / 4)
            default:
                let other = Int.random(in: bytes.indices, using: &generator)
                for offset in 0..<min(length, bytes.count - max(place, other)) {
                    bytes[place + offset] = whole[min(whole.count - 1, other + offset)]
                }
            }
        }
        return bytes
    }

    /// The seeds that came through to a session; each of them must answer the golden rows.
    private func served(_ body: @Sendable (UInt64, ONNXRuntimeLibrary) throws -> Bool) throws -> Int {
        let runtime = try ONNXRuntimeLibrary.load()
        var served = 0
        for seed in Self.seeds where try body(seed, runtime) { served += 1 }
        return served
    }

    @Test func `a changed graph is refused, or answers every row with numbers of its shape`() async throws {
        let artifact = try SmallPlant.artifact.get()
        let (width, outputs) = (artifact.manifest.view.count, artifact.manifest.outputWidths)
        try await OffPool.run {
            let served = try self.served { seed, runtime in
                let bytes = self.mutated(artifact.onnx, seed: seed)
                do { try ONNXInspection.validate(bytes, featureCount: width, outputs: outputs) } catch { return false }
                // What passes may still be refused by the runtime; it must not bring it down.
                guard let session = try? Session(onnx: bytes, library: runtime) else { return false }
                let rows = try session.run(
                    artifact.golden.featureValues,
                    rows: artifact.golden.rowCount,
                    columns: width,
                    outputs: outputs.map(\.name)
                )
                for (values, output) in zip(rows, outputs) {
                    #expect(values.count == output.width * artifact.golden.rowCount, "seed \(seed)")
                }
                return true
            }
            #expect(served < Self.count)
        }
    }

    @Test func `a changed artifact is refused with a reason, and what is served gives the recorded numbers`()
        async throws
    {
        let whole = try SmallPlant.artifact.get().bytes()
        let version = ModelArtifact.version(of: whole)
        try await OffPool.run {
            let served = try self.served { seed, runtime in
                let bytes = self.mutated(whole, seed: seed)
                do throws(ModelError) {
                    let artifact = try ModelArtifact(bytes: bytes)
                    _ = try LoadedModel(artifact, version: version, runtime: runtime)
                    return true
                } catch {
                    #expect(!error.message.isEmpty, "seed \(seed)")
                    return false
                }
            }
            #expect(served < Self.count / 2)
        }
    }

    // MARK: - With hashes that are right again

    private static let changedNames =
        ["manifest.json", "schema.json", "model.onnx", "golden.json", "report.json"]
        + ["failure", "survival"].map { $0 + ".booster.txt" }

    /// How far files with one changed part came.
    private struct Reach {
        /// Past the archive and its hashes, by the changed part.
        var read: Set<String> = []
        /// Refused by the hash of the changed part: then nothing else has seen it.
        var foundOut = 0
    }

    @Test func `a changed part whose hashes are right meets what reads it: it is refused there, or serves`()
        async throws
    {
        let model = try RepackedModel(SmallPlant.artifact.get().bytes())
        #expect(Set(Self.changedNames).isSubset(of: model.parts.keys))
        let reach = try await OffPool.run {
            let runtime = try ONNXRuntimeLibrary.load()
            var reach = Reach()
            for seed in Self.seeds {
                let part = Self.changedNames[Int(seed % UInt64(Self.changedNames.count))]
                let original = model.parts[part] ?? []
                // Turn by turn: the part's name goes with the seed too.
                let isNumbers = seed / UInt64(Self.changedNames.count) % 2 == 0 && part != "model.onnx"
                let changed =
                    isNumbers ? HostileNumbers.mutated(original, seed: seed) : self.mutated(original, seed: seed)
                let bytes = model.bytes(with: changed, as: part)
                do throws(ModelError) {
                    let artifact = try ModelArtifact(bytes: bytes)
                    reach.read.insert(part)
                    Self.expectBounds(of: artifact, in: bytes, seed: seed)
                    try? artifact.proveBoosters()
                    let model = try LoadedModel(
                        artifact,
                        version: ModelArtifact.version(of: bytes),
                        runtime: runtime
                    )
                    try Self.ask(model, artifact.golden, seed: seed)
                } catch {
                    #expect(!error.message.isEmpty, "EAGLE_FUZZ_SEED=\(seed)")
                    if error.message.hasPrefix("'\(part)' in the artifact was changed") { reach.foundOut += 1 }
                }
            }
            return reach
        }
        #expect(reach.foundOut == 0, "the hashes refused it, and not what reads it")
        if Self.count >= 2_000 { #expect(reach.read == Set(Self.changedNames)) }
    }

    /// What was read is no larger than what it was read from, whatever sizes stand in it.
    private static func expectBounds(of artifact: ModelArtifact, in bytes: [UInt8], seed: UInt64) {
        let golden = artifact.golden
        #expect((1...GoldenVectors.rowCountMax).contains(golden.rowCount), "EAGLE_FUZZ_SEED=\(seed)")
        #expect(golden.featureValues.count == golden.rowCount * golden.columnCount, "EAGLE_FUZZ_SEED=\(seed)")
        #expect(golden.columnCount == artifact.manifest.view.count, "EAGLE_FUZZ_SEED=\(seed)")
        #expect(golden.featureValues.count * 4 <= bytes.count, "EAGLE_FUZZ_SEED=\(seed)")
        for text in artifact.boosters.values {
            guard let booster = try? BoosterText(text) else { continue }
            let nodeCount = booster.trees.reduce(0) { $0 + $1.splits.count + $1.leaves.count }
            // Each takes a digit at least.
            #expect(nodeCount <= text.utf8.count, "EAGLE_FUZZ_SEED=\(seed)")
        }
    }

    /// What serves answers with probabilities, whatever tables its manifest reads them by.
    private static func ask(_ model: LoadedModel, _ golden: GoldenVectors, seed: UInt64) throws(ModelError) {
        let outputs = try model.outputs(for: golden.featureValues, rowCount: golden.rowCount)
        #expect(outputs.count == golden.rowCount, "EAGLE_FUZZ_SEED=\(seed)")
        for output in outputs {
            #expect((0...1).contains(output.probability), "EAGLE_FUZZ_SEED=\(seed)")
            #expect(output.confidence.map { $0.isFinite } ?? true, "EAGLE_FUZZ_SEED=\(seed)")
            #expect(output.timeToFailureMinutes.map { $0.isFinite } ?? true, "EAGLE_FUZZ_SEED=\(seed)")
        }
        let row = Array(golden.featureValues.prefix(golden.columnCount))
        _ = model.component(behind: row)
        _ = try model.survivalCurve(behind: row)
    }

    @Test func `a changed header whose checksum is right is read as what it says, or refused`() async throws {
        let whole = try SmallPlant.artifact.get().bytes()
        let places = try RepackedModel.headers(of: whole)
        try await OffPool.run {
            var pastChecksum = 0
            for seed in Self.seeds {
                var generator = SeededGenerator(seed: seed)
                let bytes = RepackedModel.headerChanged(whole, at: places, using: &generator)
                do throws(TarArchive.Failure) {
                    let archive = try TarArchive(bytes)
                    let sum = archive.entries.reduce(0) { $0 + $1.bytes.count }
                    #expect(sum <= bytes.count, "EAGLE_FUZZ_SEED=\(seed)")
                    pastChecksum += 1
                } catch {
                    // A size that is no number is refused as a checksum is, and so is what no header begins at.
                    if error != .badChecksum { pastChecksum += 1 }
                }
                do throws(ModelError) {
                    let artifact = try ModelArtifact(bytes: bytes)
                    Self.expectBounds(of: artifact, in: bytes, seed: seed)
                } catch {
                    #expect(error.code == .artifactCorrupt, "EAGLE_FUZZ_SEED=\(seed)")
                }
            }
            if Self.count >= 2_000 { #expect(pastChecksum > Self.count / 4) }
        }
    }
}
