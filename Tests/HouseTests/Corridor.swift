/// The import order: what the sources of each target may import.
enum Corridor {
    private static let collections: Set<String> = [
        "Collections", "BitCollections", "DequeModule", "HashTreeCollections", "HeapModule", "OrderedCollections",
    ]
    private static let pure: Set<String> = collections.union(["FoundationEssentials"])
    /// What may see clocks, files and threads.
    private static let worldly: Set<String> = pure.union(["Foundation", "Glibc", "Dispatch", "Synchronization"])
    private static let service: Set<String> = worldly.union([
        "AsyncAlgorithms", "AsyncHTTPClient", "Logging", "Metrics", "NIOCore", "NIOPosix", "ServiceLifecycle",
        "Tracing",
    ])
    private static let face: Set<String> = service.union([
        "Configuration", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Mustache", "NIOConcurrencyHelpers",
        "NIOFoundationCompat", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOSSL", "NIOWebSocket", "Yams",
    ])
    private static let plant: Set<String> = ["Plant"]
    private static let models: Set<String> = ["Plant", "Features", "Models"]
    private static let alarms: Set<String> = models.union(["Alarms"])
    private static let rim: Set<String> = alarms.union(["Trust", "Database"])

    static let imports: [String: Set<String>] = [
        "Plant": pure,
        "Features": pure.union(plant).union(["Crypto"]),
        "Models": pure.union(models).subtracting(["Models"]).union(["Crypto", "Glibc", "SwiftProtobuf"]),
        "Alarms": pure.union(models),
        "Trust": pure.union(plant).union(["Crypto", "CryptoExtras", "JWTKit"]),
        "Database": worldly.union(["GRDB", "CPostgres", "Logging"]),
        "ONNXRuntime": worldly.union(["CONNXRuntime"]),
        "LightGBM": worldly.union(["CLightGBM"]),
        "Storage": worldly.union(rim),
        "Connectors": service.union(rim).subtracting(["Trust"]).union(["CZlib", "NIOHTTP1", "Yams"]),
        "Serving": service.union(rim).subtracting(["Database"]).union([
            "Storage", "Connectors", "ONNXRuntime", "LightGBM", "Histogram",
        ]),
        "Training": service.union(rim).subtracting(["Database", "Trust"]).union([
            "Crypto", "Glibc", "Storage", "Connectors", "Serving", "ONNXRuntime", "LightGBM", "Subprocess",
            "SystemPackage",
        ]),
        // The network outwards, in messages to people and their machines.
        "Delivery": service.union(alarms).union([
            "Connectors", "Crypto", "Glibc", "NIOHTTP1", "NIOSSL", "Serving", "Storage",
        ]),
        // A client among clients, that judges the server and shares nothing with it.
        "Verification": worldly.union([
            "Crypto", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "NIOWebSocket", "Yams",
        ]),
        "Web": face.union(rim).union(["Storage", "Connectors", "Serving", "Delivery", "CZlib"]),
        "eagle": face.union(rim).union([
            "ArgumentParser", "Connectors", "Crypto", "LightGBM", "ONNXRuntime", "Serving", "Storage", "Subprocess",
            "Delivery", "Training", "UnixSignals", "Verification", "Web",
        ]),
        "CLightGBM": [], "CONNXRuntime": [], "CPostgres": [], "CZlib": [],
    ]

    /// An import of what the target may not touch.
    static func violations(in file: SourceFile) -> [Violation] {
        // What a generator writes, the generator answers for.
        guard !file.isGenerated else { return [] }
        guard let allowed = imports[String(file.room)] else {
            return [file.violation(at: 1, "\(file.room) has no place in the corridor: give it one in Corridor.swift")]
        }
        return file.imports.filter { !allowed.contains($0.module) }.map {
            file.violation(at: $0.line, "\(file.room) may not import \($0.module)")
        }
    }
}

extension SourceFile {
    private static let importKinds: Set<String> = [
        "class", "enum", "func", "let", "protocol", "struct", "typealias", "var",
    ]

    /// The modules that the file imports; a submodule's or a declaration's import counts for its module.
    var imports: [(module: String, line: Int)] {
        tokens.starts(of: "import").compactMap { start in
            var next = start + 1
            if next < tokens.count, Self.importKinds.contains(tokens[next].text) { next += 1 }
            guard next < tokens.count else { return nil }
            return (tokens[next].text, tokens[start].line)
        }
    }
}
