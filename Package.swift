// swift-tools-version: 6.2
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
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"].map {
    .product(name: $0, package: "swift-nio")
}
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let nioHTTPTypes: [Target.Dependency] = ["NIOHTTPTypes", "NIOHTTPTypesHTTP1"].map {
    .product(name: $0, package: "swift-nio-extras")
}

/// A room of the corridor: its own sources may import what stands here and nothing else.
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

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "eagle",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "eagle", targets: ["eagle"]),
        .library(name: "EagleRooms", targets: ["Plant", "Features", "Models", "ONNXRuntime", "LightGBM"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.5.1"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
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
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // Pure, in the order in which data meets them.
        room("Plant", [collections]),
        room("Features", ["Plant", crypto]),
        room("Models", ["Plant", "Features", crypto, protobuf], exclude: ["ONNX/onnx.proto"]),
        room("Alarms", ["Plant", "Features", "Models", collections]),
        room("Trust", ["Plant", crypto, cryptoExtras, jwtKit]),
        // Tools: each knows a library and nothing of plants.
        room("Database", [grdb]),
        .target(name: "CONNXRuntime"),
        .target(name: "CLightGBM"),
        .systemLibrary(name: "CZlib"),
        room("ONNXRuntime", ["CONNXRuntime"]),
        room("LightGBM", ["CLightGBM"]),
        // Rim.
        room("Storage", ["Plant", "Features", "Models", "Alarms", "Trust", "Database"]),
        room("Connectors", ["Plant", "Alarms", "Models", "Database", "CZlib", yams]),
        // Flow.
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
        // Its permission: the network outwards.
        room(
            "Delivery",
            ["Plant", "Features", "Models", "Alarms", "Storage", "Connectors", "Serving"]
                + [crypto, lifecycle, logging, nioSSL] + nio
        ),
        // Its permission: to speak with a server as its clients do. It sees no other room: it shares nothing with what
        // it judges.
        room("Verification", [crypto, nioSSL, yams] + nio),
        // Faces.
        room(
            "Web",
            [
                "Plant", "Features", "Models", "Alarms", "Trust", "Database", "Storage", "Connectors", "Serving",
                "Delivery",
            ]
                + [hummingbird, lifecycle, logging, collections, nioSSL] + nio + nioHTTPTypes,
            resources: [
                .embedInCode("Console/console.html"), .embedInCode("Console/models.js"),
                .embedInCode("Console/accuracy.js"), .embedInCode("Console/judging.js"),
                .embedInCode("Console/attention.js"), .embedInCode("Console/explanations.js"),
                .embedInCode("Console/quality.js"), .embedInCode("Console/delivery.js"),
                .embedInCode("Console/audit.js"), .embedInCode("Console/people.js"),
                .embedInCode("Console/push-worker.js"), .embedInCode("Console/sign-in.js"),
                .embedInCode("Console/qr-code.js"), .embedInCode("Console/system-alarms.js"),
                .embedInCode("Console/silence.js"), .embedInCode("Console/linked.js"),
                .embedInCode("Console/rules.js"), .embedInCode("openapi.yaml"),
            ]
        ),
        .executableTarget(
            name: "eagle",
            dependencies: [
                "Plant", "Features", "Models", "Alarms", "Trust", "Database", "Storage", "Connectors", "Serving",
                "Training", "Delivery", "Verification", "Web", "ONNXRuntime", "LightGBM", arguments, lifecycle, signals,
                logging, yams,
            ],
            swiftSettings: settings
        ),
        // Tests.
        .target(
            name: "TestSupport",
            dependencies: ["Plant", "Connectors", crypto, cryptoExtras, certificates, asn1],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        tests("Plant", ["Plant", "Connectors", "TestSupport"]),
        tests("Features", ["Features", "Connectors", "TestSupport"]),
        tests("Models", ["Models", "TestSupport"]),
        tests("Alarms", ["Alarms"]),
        tests("Trust", ["Trust", "TestSupport"]),
        tests("Database", ["Database"]),
        tests("ONNXRuntime", ["ONNXRuntime", "LightGBM", "Models", "TestSupport"]),
        tests("LightGBM", ["LightGBM", "TestSupport"]),
        tests("Storage", ["Storage", "Database", "TestSupport"]),
        tests("Connectors", ["Connectors", "Database", "Plant", "Models", "Alarms", "TestSupport"]),
        tests("Serving", ["Serving", "Storage", "Database", "Training", "LightGBM", "ONNXRuntime", "TestSupport"]),
        tests("Training", ["Training", "TestSupport"]),
        tests(
            "Delivery",
            ["Delivery", "Trust", "Database", "Storage", "Serving", "TestSupport"]
                + [crypto, logging, nioSSL, certificates, asn1] + nio
        ),
        tests("Verification", ["Verification", "TestSupport"]),
        tests(
            "Web",
            ["Web", "Storage", "Database", "Delivery", "Verification", "TestSupport"]
                + [crypto, nioSSL, nioEmbedded] + nio
        ),
        tests(
            "eagle",
            [
                "eagle", "Models", "Storage", "Database", "Serving", "Training", "Trust", "Delivery", "Verification",
                "TestSupport", lifecycle, logging,
            ]
        ),
        tests("House", []),
    ]
)
