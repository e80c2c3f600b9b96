import Foundation
import LightGBM
import Models
import ONNXRuntime
import Testing

/// The same graph on Python's ONNX Runtime, where there is one.
@Suite struct PythonParityTests {
    private static let program = """
        import sys
        import numpy
        import onnxruntime

        folder, columns = sys.argv[1], int(sys.argv[2])
        session = onnxruntime.InferenceSession(folder + "/model.onnx", providers=["CPUExecutionProvider"])
        rows = numpy.fromfile(folder + "/rows", dtype="<f4").reshape(-1, columns)
        names = sys.argv[3:]
        for name, values in zip(names, session.run(names, {"features": rows})):
            values.astype("<f4").tofile(folder + "/" + name)
        """

    /// The exit status of Python with the arguments given.
    private static func python(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    static let hasRuntime = (try? python(["-c", "import numpy, onnxruntime"])) == 0

    @Test(.enabled(if: hasRuntime, "python3 has no numpy or no onnxruntime: pip install onnxruntime"))
    func `another ONNX Runtime gives the same numbers`() throws {
        let model = try TrainedModel(try LightGBMLibrary.load(), .missingNaN)
        let bytes = try model.graph().onnxBytes()
        let rows = AdversarialRows(count: 2_000, against: model.texts, seed: 9)
        let names = ["score", "probability", "components", "survival"]
        let expected = try Session(onnx: bytes, library: try ONNXRuntimeLibrary.load())
            .run(rows.values, rows: rows.count, columns: PlantRows.columns, outputs: names)

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(bytes).write(to: folder.appendingPathComponent("model.onnx"))
        try rows.values.withUnsafeBytes { try Data($0).write(to: folder.appendingPathComponent("rows")) }
        let status = try Self.python(["-c", Self.program, folder.path, "\(PlantRows.columns)"] + names)
        try #require(status == 0)

        for (name, expected) in zip(names, expected) {
            let data = try Data(contentsOf: folder.appendingPathComponent(name))
            let actual = data.withUnsafeBytes { bytes in
                (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
            }
            try #require(actual.count == expected.count)
            let tolerance: Float = name == "score" ? 1e-5 : 1e-6
            #expect(zip(actual, expected).allSatisfy { abs($0 - $1) <= tolerance })
        }
    }
}
