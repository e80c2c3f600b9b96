// swift-tools-version: 6.2
import Foundation
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"].map {
    .product(name: $0, package: "swift-nio")
}
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypes: [Target.Dependency] = ["NIOHTTPTypes", "NIOHTTPTypesHTTP1"].map {
    .product(name: $0, package: "swift-nio-extras")
}
let benchmark = Target.Dependency.product(name: "Benchmark", package: "benchmark")

/// A room of the package above, through the link `Sources/<name>`, with the dependencies that it has there.
func room(
    _ name: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = [],
    resources: [Resource]? = nil
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        exclude: exclude,
        resources: resources,
        swiftSettings: settings
    )
}

/// The console's files, as the package above embeds them.
let console =
    ((try? FileManager.default.contentsOfDirectory(atPath: Context.packageDirectory + "/Sources/Web/Console"))
    ?? []).filter { !$0.hasSuffix(".swift") }.sorted()

/// What `swift package benchmark` runs: an executable in a folder right under one called `Benchmarks`.
func benchmarks(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["Measuring", benchmark] + dependencies,
        path: name,
        swiftSettings: settings,
        plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
    )
}

// The rooms are targets of this package too: what they declare as `package` is seen only within one.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        room("Plant", [collections]),
        room("Features", ["Plant", crypto]),
        room("Models", ["Plant", "Features", crypto, protobuf], exclude: ["ONNX/onnx.proto"]),
        room("Alarms", ["Plant", "Features", "Models", collections]),
        room("Trust", ["Plant", crypto, cryptoExtras, jwtKit]),
        room("Database", [grdb]),
        .target(name: "CONNXRuntime"),
        .target(name: "CLightGBM"),
        .systemLibrary(name: "CZlib"),
        room("ONNXRuntime", ["CONNXRuntime"]),
        room("LightGBM", ["CLightGBM"]),
        room("Storage", ["Plant", "Features", "Models", "Alarms", "Trust", "Database"]),
        room("Connectors", ["Plant", "Alarms", "Models", "Database", "CZlib", yams]),
        room(
            "Serving",
            [
                "Plant", "Features", "Models", "Alarms", "Trust", "Storage", "Connectors", "ONNXRuntime", "LightGBM",
                collections, histogram, lifecycle, logging,
            ]
        ),
        room(
            "Training",
            [
                "Plant", "Features", "Models", "Alarms", "Storage", "Connectors", "Serving", "ONNXRuntime", "LightGBM",
                crypto, lifecycle, logging, subprocess,
            ]
        ),
        room(
            "Delivery",
            ["Plant", "Features", "Models", "Alarms", "Storage", "Connectors", "Serving"]
                + [crypto, lifecycle, logging, nioSSL] + nio
        ),
        room(
            "Web",
            [
                "Plant", "Features", "Models", "Alarms", "Trust", "Database", "Storage", "Connectors", "Serving",
                "Delivery",
            ]
                + [hummingbird, lifecycle, logging, collections, nioSSL] + nio + nioHTTPTypes,
            resources: console.map { .embedInCode("Console/" + $0) } + [.embedInCode("openapi.yaml")]
        ),
        // What is measured, and with what.
        .systemLibrary(name: "CMalloc", path: "CMalloc"),
        .systemLibrary(name: "CEpoll", path: "CEpoll"),
        .target(name: "Measuring", dependencies: [benchmark], path: "Measuring", swiftSettings: settings),
        .target(
            name: "Workload",
            dependencies: ["Plant", "Features", "Models", "Alarms", "ONNXRuntime", "LightGBM", "Training"],
            path: "Workload",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "TrainingMatrix",
            dependencies: [
                "Plant", "Features", "Models", "Alarms", "LightGBM", "ONNXRuntime", "Connectors", "Training",
            ],
            path: "TrainingMatrix",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ServingLoad",
            dependencies: [
                "Workload", "Plant", "Models", "Alarms", "Trust", "Database", "Storage", "Serving", "ONNXRuntime",
                lifecycle, logging,
            ],
            path: "ServingLoad",
            swiftSettings: settings
        ),
        .target(
            name: "WholeServer",
            dependencies: [
                "Plant", "Trust", "Database", "Storage", "Serving", "Delivery", "Web", lifecycle, logging,
            ],
            path: "WholeServer",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "AlarmLoad",
            dependencies: ["WholeServer", "Plant", "Alarms", "Models", "Storage", "Serving"],
            path: "AlarmLoad",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "StreamLoad",
            dependencies: ["CEpoll", "WholeServer", "Plant", "Storage", "Serving"],
            path: "StreamLoad",
            swiftSettings: settings
        ),
        benchmarks("FeatureBenchmarks", ["CMalloc", "Plant", "Features"]),
        benchmarks("PredictionBenchmarks", ["Workload", "Features", "Models", "ONNXRuntime", "Serving"]),
        benchmarks(
            "LaneBenchmarks",
            [
                "Workload", "Plant", "Models", "Alarms", "Trust", "Database", "Storage", "Serving", lifecycle, logging,
            ]
        ),
    ]
)
