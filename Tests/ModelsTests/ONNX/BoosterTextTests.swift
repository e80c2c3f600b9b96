import Testing

@testable import Models

@Suite struct BoosterTextTests {
    private func failure(_ lines: BoosterLines) -> ONNXError? {
        do throws(ONNXError) {
            _ = try BoosterText(lines.text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a text is read whole`() throws {
        let booster = try BoosterText(BoosterLines().text)
        #expect(booster.objective == "binary sigmoid:1")
        #expect(booster.objectiveName == "binary")
        #expect(booster.sigmoid == 1)
        #expect(booster.classCount == 1)
        #expect(booster.featureCount == 3)
        #expect(booster.missing == .nan)
        let tree = try #require(booster.trees.first)
        #expect(tree.leaves == [0.1, 0.2, 0.3])
        #expect(
            tree.splits == [
                BoosterText.Split(
                    feature: 0,
                    threshold: 0.5,
                    missing: .nan,
                    isMissingLeft: true,
                    left: .split(1),
                    right: .leaf(2)
                ),
                BoosterText.Split(
                    feature: 2,
                    threshold: -1,
                    missing: .nan,
                    isMissingLeft: false,
                    left: .leaf(0),
                    right: .leaf(1)
                ),
            ]
        )
    }

    @Test func `lines may end as on Windows`() throws {
        let text = BoosterLines().text
        #expect(try BoosterText(text.replacing("\n", with: "\r\n")) == BoosterText(text))
    }

    @Test func `a tree may be a single leaf`() throws {
        var lines = BoosterLines()
        lines.trees.append(BoosterLines.leaf)
        let booster = try BoosterText(lines.text)
        #expect(booster.trees[1] == BoosterText.Tree(splits: [], leaves: [-2.5]))
    }

    @Test func `without its first class the others keep their trees`() throws {
        var lines = BoosterLines.multiclass(3)
        lines.trees = (0..<6).map { ["num_leaves=1", "num_cat=0", "leaf_value=\($0)"] }
        let rest = try BoosterText(lines.text).withoutFirstClass()
        #expect(rest.classCount == 2)
        #expect(rest.trees.map(\.leaves) == [[1], [2], [4], [5]])
    }

    @Test(arguments: [
        ("num_cat=1", "categorical"), ("decision_type=1 8", "categorical"), ("is_linear=1", "linear"),
    ])
    func `what has no equal in the graph is refused by tree and line`(line: String, word: String) throws {
        let error = try #require(failure(.tree(with: line)))
        #expect(error.code == .boosterUnsupported)
        #expect(error.message.contains(word))
        #expect(error.message.contains("tree 0, line"))
    }

    @Test(arguments: ["9223372036854775807", "9223372036854775808", "2147483647", "-1", "-9223372036854775808"])
    func `as many features as no row can have are refused`(lastFeature: String) {
        var lines = BoosterLines()
        lines.header[5] = "max_feature_idx=\(lastFeature)"
        #expect(failure(lines)?.code == .boosterMalformed)
    }

    @Test func `averaged trees are refused`() {
        var lines = BoosterLines()
        lines.header.append("average_output")
        #expect(failure(lines)?.code == .boosterUnsupported)
    }

    @Test func `zero and NaN as missing in one booster are refused`() throws {
        var lines = BoosterLines()
        lines.trees.append(BoosterLines.tree(with: "decision_type=6 0").trees[0])
        let error = try #require(failure(lines))
        #expect(error.code == .boosterUnsupported)
        #expect(error.message.contains("tree 1"))
        #expect(error.message.contains("zero_as_missing"))
        // NaN together with splits that know no missing value is fine.
        lines.trees[1] = BoosterLines.tree(with: "decision_type=0 0").trees[0]
        #expect(failure(lines) == nil)
    }

    @Test(arguments: [
        "threshold=0.5", "threshold=0.5 x", "threshold=0.5 nan", "leaf_value=1 2", "leaf_value=1 2 inf",
        "left_child=1 -4", "left_child=2 -1", "left_child=0 -1", "left_child=1 -2", "right_child=-3",
        "split_feature=0 3",
        "split_feature=-1 2", "decision_type=10 64", "decision_type=10 12", "num_leaves=0", "num_leaves=-1",
        "num_leaves=x",
        "num_leaves=4",
    ])
    func `a tree that contradicts itself is refused by tree and line`(line: String) throws {
        let error = try #require(failure(.tree(with: line)))
        #expect(error.code == .boosterMalformed)
        #expect(error.message.contains("tree 0, line"))
    }

    @Test func `a text that is cut off is refused`() throws {
        var lines = BoosterLines()
        lines.end = ""
        #expect(failure(lines)?.code == .boosterMalformed)
        #expect(failure(lines)?.message.contains("end of trees") == true)
        lines = BoosterLines()
        lines.trees[0].removeLast(6)
        #expect(failure(lines)?.code == .boosterMalformed)
        lines = BoosterLines()
        lines.trees = []
        #expect(failure(lines)?.code == .boosterMalformed)
        lines = BoosterLines.multiclass(3)
        lines.trees.removeLast()
        #expect(failure(lines)?.code == .boosterMalformed)
    }

    @Test func `text of another kind is refused`() {
        for text in ["", "hello", "end of trees", "num_class=1\nend of trees"] {
            #expect(throws: ONNXError.self) { try BoosterText(text) }
        }
    }
}
