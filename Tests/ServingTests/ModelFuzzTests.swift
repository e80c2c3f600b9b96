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
@Suite struct ModelFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["EAGLE_FUZZ"].flatMap { Int($0) } ?? 2_000
    private static let firstSeed = environment["EAGLE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

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
        for seed in Self.firstSeed..<Self.firstSeed + UInt64(Self.count) where try body(seed, runtime) { served += 1 }
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
}
