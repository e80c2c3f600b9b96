import Testing

@Suite struct TreeTests {
    @Test func `no source is longer than one concept needs`() {
        #expect(House.swift.flatMap(Tree.overlong) == [])
    }

    @Test func `no text names a registry's host or a place of one machine`() {
        #expect(House.texts.flatMap(Tree.strangers) == [])
        #expect(House.texts.contains { $0.path == "README.md" })
    }

    @Test(arguments: [(350, 0), (351, 1)])
    func `an overlong file is found`(lineCount: Int, expected: Int) {
        let file = SourceFile(path: "Sources/Web/Seeded.swift", text: String(repeating: "\n", count: lineCount))
        #expect(Tree.overlong(file).count == expected)
    }

    @Test(arguments: [
        "https://pypi" + ".org/simple", "see /wo" + "rk/notes", "cd \"/ro" + "ot/x\"", "PATH=/Us" + "ers/me/bin",
    ])
    func `a stranger is found`(line: String) {
        #expect(Tree.strangers(in: SourceFile(path: "docs/seeded.md", text: "\n\(line)")).map(\.line) == [2])
    }

    @Test(arguments: [
        "frame/wo" + "rk/x", "a/ro" + "ot/b", "/opt/eagle/bin", "/usr/bin/env bash",
        "https://github.com/apple/swift-nio",
    ])
    func `a path within the tree is no stranger`(line: String) {
        #expect(Tree.strangers(in: SourceFile(path: "docs/seeded.md", text: line)) == [])
    }
}
