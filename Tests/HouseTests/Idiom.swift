/// A way of writing that the house does without.
struct Idiom: Sendable {
    let name: String
    /// Path prefixes to which the rule speaks.
    let places: [String]
    /// Path prefixes within them that may.
    let exceptions: [String]
    let advice: String
    /// The tokens at which it stands in a file.
    let occurrences: @Sendable ([Token]) -> [Int]

    func violations(in file: SourceFile) -> [Violation] {
        guard !file.isGenerated, places.contains(where: file.path.hasPrefix),
            !exceptions.contains(where: file.path.hasPrefix)
        else { return [] }
        return occurrences(file.tokens).map { file.violation(at: file.tokens[$0].line, "\(name): \(advice)") }
    }

    private static let everywhere = ["Sources/", "Tests/", "Benchmarks/"]

    static let print = Idiom(
        name: "print",
        places: ["Sources/"],
        exceptions: ["Sources/eagle/Console.swift"],
        advice: "a command writes through its console, a service logs"
    ) { tokens in
        (tokens.starts(of: "print", "(") + tokens.starts(of: "debugPrint", "(") + tokens.starts(of: "dump", "("))
            .filter { $0 == 0 || (!tokens[$0 - 1].isMark(".") && !tokens[$0 - 1].isWord("func")) }
    }

    static let forcedTry = Idiom(
        name: "try!",
        places: everywhere,
        exceptions: [],
        advice: "throw on, or handle the error"
    ) { tokens in tokens.starts(of: "try", "!").filter { tokens[$0 + 1].isAttached } }

    static let forcedCast = Idiom(
        name: "as!",
        places: everywhere,
        exceptions: [],
        advice: "parse at the rim: `as?` with a typed error"
    ) { tokens in tokens.starts(of: "as", "!").filter { tokens[$0 + 1].isAttached } }

    static let fatalError = Idiom(
        name: "fatalError",
        places: everywhere,
        exceptions: [],
        advice: "throw an operating fault; `precondition` a programmer's mistake"
    ) { tokens in tokens.starts(of: "fatalError", "(") + tokens.starts(of: "unimplemented", "(") }

    static let uncheckedSendable = Idiom(
        name: "@unchecked Sendable",
        places: everywhere,
        exceptions: [],
        advice: "a value, a Mutex or an actor"
    ) { tokens in tokens.starts(of: "@", "unchecked", "Sendable") }

    /// A task that nobody holds: not bound, passed, returned or awaited. (Or a type: `let a: Task<...>`.)
    static let looseTask = Idiom(
        name: "loose Task",
        places: ["Sources/"],
        exceptions: [],
        advice: "children live in task groups, long-lived work is a Service"
    ) { tokens in
        let makers =
            tokens.starts(of: "Task", "{") + tokens.starts(of: "Task", "(") + tokens.starts(of: "Task", ".", "detached")
            + tokens.starts(of: "Task", ".", "immediate")
            + tokens.starts(of: "Task", "<").filter { makesTask(at: $0, in: tokens) }
        return makers.sorted().filter { !isHeld($0, in: tokens) }
    }

    /// Whether the brackets after a generic `Task` are followed by a call and not a type's end.
    private static func makesTask(at start: Int, in tokens: [Token]) -> Bool {
        var depth = 0
        for index in (start + 1)..<tokens.count {
            depth += tokens[index].isMark("<") ? 1 : tokens[index].isMark(">") ? -1 : 0
            guard depth == 0 else { continue }
            let next = index + 1
            return next < tokens.count && ["(", ".", "{"].contains(tokens[next].text)
        }
        return false
    }

    private static func isHeld(_ start: Int, in tokens: [Token]) -> Bool {
        guard start > 0 else { return false }
        let before = tokens[start - 1]
        if before.isMark("=") { return start < 2 || !tokens[start - 2].isWord("_") }
        return ["(", "[", ",", ":", ">"].contains(before.text) || before.isWord("return") || before.isWord("await")
    }

    static let all = [
        print, forcedTry, forcedCast, fatalError, uncheckedSendable, looseTask, scopeMaking, systemScopeMaking,
        comparedSecret,
    ]
}

extension Idiom {
    /// Whoever makes a scope says that the caller may act for the organization: these do, and nobody else.
    static let scopeMaking = Idiom(
        name: "OrganizationScope(provenFor:",
        places: ["Sources/", "Benchmarks/"],
        exceptions: [
            "Sources/Trust/Authorizer", "Sources/Serving/Lane", "Sources/eagle/Assembly",
            // On the server's own machine, with its files in hand.
            "Sources/eagle/Commands/UserCommand.swift", "Sources/eagle/Demo/DemoPlant.swift",
            "Sources/eagle/Commands/RunTrainingCommand.swift", "Sources/eagle/DataDirectory.swift",
        ],
        advice: "take a scope as an argument; only the authorizer and an organization's lane prove one"
    ) { tokens in tokens.starts(of: "provenFor", ":") }

    /// What belongs to the server and not to an organization is opened by a login, at the start, or for a super admin.
    static let systemScopeMaking = Idiom(
        name: "SystemScope(for:",
        places: ["Sources/", "Benchmarks/"],
        exceptions: ["Sources/Trust/Authorizer", "Sources/Web/Sessions", "Sources/Serving/Lanes", "Sources/eagle/"],
        advice: "take a scope as an argument; only logins, the start and the authorizer make a system scope"
    ) { tokens in tokens.starts(of: "SystemScope", "(", "for", ":") }
}
