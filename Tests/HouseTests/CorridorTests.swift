import Testing

@Suite struct CorridorTests {
    @Test func `every source keeps to the corridor`() {
        #expect(House.sources.flatMap(Corridor.violations) == [])
    }

    @Test func `every room has its place in the corridor`() {
        #expect(House.rooms.filter { Corridor.imports[$0] == nil } == [])
        #expect(House.rooms.contains("Plant"))
    }

    @Test(arguments: [
        ("Plant", "import Foundation"), ("Features", "package import Models"), ("Models", "import Logging"),
        ("Alarms", "@preconcurrency import struct Storage.Stores"), ("Database", "import Plant"),
        ("LightGBM", "package import Features"), ("Storage", "import Serving"), ("Serving", "import Web"),
        ("Attic", "import Plant"),
    ])
    func `an import against the corridor is found`(room: String, line: String) {
        let file = SourceFile(path: "Sources/\(room)/Seeded.swift", text: "// import Plant\n\(line)\n")
        let violations = Corridor.violations(in: file)
        #expect(violations.count == 1)
        #expect(violations.first?.line == (room == "Attic" ? 1 : 2))
    }

    @Test func `an import along the corridor is none`() {
        let text = "import FoundationEssentials\npackage import Plant\nimport struct Features.FeatureRow\n"
        #expect(Corridor.violations(in: SourceFile(path: "Sources/Models/Label.swift", text: text)) == [])
    }

    @Test func `no two rooms import each other`() {
        for (room, imports) in Corridor.imports {
            for other in imports where Corridor.imports[other]?.contains(room) ?? false {
                Issue.record("\(room) and \(other) import each other")
            }
        }
    }
}
