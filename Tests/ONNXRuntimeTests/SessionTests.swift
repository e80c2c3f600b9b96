import LightGBM
import Models
import Testing

@testable import ONNXRuntime

@Suite struct SessionTests {
    let runtime: ONNXRuntimeLibrary

    init() throws { runtime = try ONNXRuntimeLibrary.load() }

    /// Two features; left of 0.5 by the first is 1, right of it 2.
    private func bytes(featureCount: Int = 2) throws -> [UInt8] {
        let text = """
            tree
            num_class=1
            num_tree_per_iteration=1
            max_feature_idx=\(featureCount - 1)
            objective=binary sigmoid:1

            Tree=0
            num_leaves=2
            num_cat=0
            split_feature=0
            threshold=0.5
            decision_type=8
            left_child=-1
            right_child=-2
            leaf_value=1 2

            end of trees
            """
        return try ModelGraph(
            featureCount: featureCount,
            failure: try BoosterText(text),
            calibration: .identity
        ).onnxBytes()
    }

    private func failure(_ body: () throws -> Void) -> ONNXRuntimeError? {
        do {
            try body()
            return nil
        } catch {
            return error as? ONNXRuntimeError
        }
    }

    @Test func `a session says what it takes and gives`() throws {
        let session = try Session(onnx: try bytes(), library: runtime)
        #expect(session.input == TensorSignature(name: "features", width: 2))
        #expect(
            session.outputs == [
                TensorSignature(name: "score", width: 1), TensorSignature(name: "probability", width: 1),
            ]
        )
    }

    @Test func `outputs come in the order in which they are asked for`() throws {
        let session = try Session(onnx: try bytes(), library: runtime)
        let rows: [Float] = [0.5, 0, 0.6, 0, .nan, 0]
        let outputs = try session.run(rows, rows: 3, columns: 2, outputs: ["probability", "score"])
        #expect(outputs[1] == [1, 2, 2])
        #expect(zip(outputs[0], [0.731_058_6, 0.880_797, 0.880_797]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func `one output alone and no rows at all are fine`() throws {
        let session = try Session(onnx: try bytes(), library: runtime)
        #expect(try session.run([0, 0], rows: 1, columns: 2, outputs: ["score"]) == [[1]])
        #expect(try session.run([], rows: 0, columns: 2, outputs: ["score", "probability"]) == [[], []])
        #expect(try session.run([0, 0], rows: 1, columns: 2, outputs: []) == [])
    }

    @Test(arguments: [(6, 2, 3), (4, 2, 1), (5, 2, 2), (4, -2, -2)])
    func `rows of another width never reach the runtime`(count: Int, rows: Int, columns: Int) throws {
        let session = try Session(onnx: try bytes(), library: runtime)
        let values = [Float](repeating: 0, count: count)
        let error = failure { _ = try session.run(values, rows: rows, columns: columns, outputs: ["score"]) }
        #expect(error?.code == .shapeMismatch)
        #expect(error?.message.contains("rows of 2") == true)
    }

    @Test func `an output that the model lacks is named, with those it has`() throws {
        let session = try Session(onnx: try bytes(), library: runtime)
        let error = failure { _ = try session.run([0, 0], rows: 1, columns: 2, outputs: ["label"]) }
        #expect(error?.code == .signatureMismatch)
        #expect(error?.message == "the model has no output 'label', only score, probability")
    }

    @Test func `corrupt bytes are refused, wherever they break`() throws {
        let whole = try bytes()
        #expect(failure { _ = try Session(onnx: [], library: runtime) }?.code == .modelRefused)
        #expect(failure { _ = try Session(onnx: [1, 2, 3], library: runtime) }?.code == .modelRefused)
        for length in [whole.count / 2, whole.count - 1] {
            let error = failure { _ = try Session(onnx: Array(whole.prefix(length)), library: runtime) }
            #expect(error?.code == .modelRefused)
        }
    }

    @Test func `several threads may run one session`() async throws {
        let session = try Session(onnx: try bytes(), library: runtime)
        let rows = (0..<400).map { Float($0 % 7) / 7 }
        let expected = try session.run(rows, rows: 200, columns: 2, outputs: ["score"])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<50 {
                        guard try session.run(rows, rows: 200, columns: 2, outputs: ["score"]) == expected else {
                            return false
                        }
                    }
                    return true
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }

    @Test func `a row gives the same bits alone and among others`() throws {
        let model = try TrainedModel(try LightGBMLibrary.load(), .missingNaN)
        let session = try Session(onnx: try model.graph().onnxBytes(), library: runtime)
        let names = session.outputs.map(\.name)
        let columns = PlantRows.columns
        let values = Array(PlantRows.unseen.values.prefix(100 * columns))
        let together = try session.run(values, rows: 100, columns: columns, outputs: names)
        for row in 0..<100 {
            let alone = try session.run(
                Array(values[row * columns..<(row + 1) * columns]),
                rows: 1,
                columns: columns,
                outputs: names
            )
            for output in names.indices {
                let width = session.outputs[output].width
                #expect(alone[output] == Array(together[output][row * width..<(row + 1) * width]))
            }
        }
    }

    @Test func `a library that is nowhere is named, with the places and the remedy`() throws {
        let error = try #require(failure { _ = try ONNXRuntimeLibrary(atFirstOf: ["/nowhere/libonnxruntime.so"]) })
        #expect(error.code == .libraryMissing)
        #expect(error.description.contains("ONNX Runtime: no library at /nowhere/libonnxruntime.so"))
        #expect(error.description.contains("make deps"))
        #expect(error.description.contains("EAGLE_ONNXRUNTIME"))
        #expect(failure { _ = try ONNXRuntimeLibrary(atFirstOf: ["/etc/passwd"]) }?.code == .libraryMissing)
    }

    @Test func `the library tells its version`() {
        #expect(runtime.version.hasPrefix("1."))
    }
}
