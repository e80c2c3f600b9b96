import Testing

@Suite struct NamingTests {
    @Test func `every file bears the name of a type that it declares`() {
        #expect(House.swift.flatMap(Naming.violations) == [])
    }

    @Test(arguments: [
        ("Alarm.swift", "struct Alert {}"), ("Alarm+Coding.swift", "extension Alert {}"),
        ("Alarm.swift", "// struct Alarm"),
        ("Utils.swift", "func help() {}"), ("Alarm.swift", "let alarm = Alarm()"),
        ("Stored.swift", "extension Role: Stored {}"),
    ])
    func `a file by another name is found`(name: String, text: String) {
        #expect(Naming.violations(in: SourceFile(path: "Sources/Alarms/\(name)", text: text)).count == 1)
    }

    @Test(arguments: [
        ("Alarm.swift", "package struct Alarm: Sendable {}"), ("Alarm+Coding.swift", "extension Alarm: Codable {}"),
        ("Floor32.swift", "func floor32(_ x: Double) -> Float {}"), ("Step.swift", "extension Program.Step {}"),
        ("main.swift", "run()"), ("Stored+Values.swift", "extension Role: Stored {}"), ("onnx.pb.swift", ""),
    ])
    func `a file by its type's name is none`(name: String, text: String) {
        #expect(Naming.violations(in: SourceFile(path: "Sources/Alarms/\(name)", text: text)) == [])
    }
}
