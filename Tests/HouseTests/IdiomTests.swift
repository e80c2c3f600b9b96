import Testing

@Suite struct IdiomTests {
    @Test(arguments: Idiom.all.map(\.name))
    func `no source does what the house does without`(name: String) throws {
        let idiom = try #require(Idiom.all.first { $0.name == name })
        #expect(House.swift.flatMap(idiom.violations) == [])
    }

    @Test(arguments: [
        ("print", "func a() { print(1) }"), ("print", "Swift.debugPrint(1); debugPrint(2)"),
        ("try!", "let a = try! f()"), ("as!", "let a = b as! C"), ("fatalError", "fatalError(\"no\")"),
        ("@unchecked Sendable", "final class A: @unchecked Sendable {}"), ("loose Task", "Task { await f() }"),
        ("loose Task", "Task.detached(priority: .low) { f() }"), ("loose Task", "_ = Task(priority: .low) { f() }"),
        ("loose Task", "Task<Void, Never> { f() }"),
        ("OrganizationScope(provenFor:", "store.all(in: .init(provenFor: id))"),
        ("OrganizationScope(provenFor:", "let a = OrganizationScope(provenFor: id)"),
        ("SystemScope(for:", "try await stores.organizations.all(in: SystemScope(for: .start))"),
        ("a secret compared by ==", "return stored.tokenHash == presented.hash"),
        ("a secret compared by ==", "if given != account.passwordHash { throw error }"),
        ("a secret compared by ==", "let isRight = password == expected"),
    ])
    func `a seeded violation is found`(name: String, line: String) throws {
        let idiom = try #require(Idiom.all.first { $0.name == name })
        let place = idiom.places.contains("Sources/Trust/") ? "Trust" : "Serving"
        let violations = idiom.violations(in: SourceFile(path: "Sources/\(place)/Seeded.swift", text: "\n\(line)\n"))
        #expect(violations.count == 1)
        #expect(violations.first?.line == 2)
    }

    @Test(arguments: [
        "// print(1), try! f()", "let a = \"try! print(1)\"", "logger.print(1)", "func print(_ text: String) {}",
        "let a = try !f()", "let task = Task { f() }", "try await Task.sleep(for: .seconds(1))",
        "let b: Task<Void, Never>",
        "init(provenFor id: ID<Organization>) {}",
        "func a() -> Task<Void, Never> { b }", "var a: Task<Void, Never> { b }",
        "guard token == nil, nil != hash else { return }", "if draft.secret == .none { return }", "let hash = a == b",
        "let a = tokens.count == 3", "let secret = 1; a.isEqualInConstantTime(to: secret)", "if kind == \"secret\" {}",
    ])
    func `what only looks like one is left alone`(line: String) {
        for room in ["Serving", "Trust"] {
            let file = SourceFile(path: "Sources/\(room)/Seeded.swift", text: line)
            #expect(Idiom.all.flatMap { $0.violations(in: file) } == [])
        }
    }

    @Test(arguments: [
        "Sources/Trust/Authorizer.swift", "Sources/Serving/Lane.swift", "Sources/eagle/Assembly.swift",
        "Tests/StorageTests/IsolationTests.swift",
    ])
    func `whoever is listed may make a scope`(path: String) {
        let file = SourceFile(path: path, text: "let a = OrganizationScope(provenFor: id)")
        #expect(Idiom.scopeMaking.violations(in: file) == [])
    }
}
