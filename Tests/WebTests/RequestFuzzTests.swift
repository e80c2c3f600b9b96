import Foundation
import NIOCore
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// Whatever comes over its sockets, the server answers well or closes, shows nobody another's, and goes on.
///
/// Each seed is a connection: a pipeline of requests that are hostile in what they say, or bytes that break HTTP or
/// WebSocket. `EAGLE_FUZZ` and `EAGLE_FUZZ_SEED` are explained at ``FuzzBudget``.
@Suite(.timeLimit(.minutes(180))) struct RequestFuzzTests {
    private static let pipelineCount = 24
    private static let workerCount = 4
    /// What the process may hold more of afterwards: caches, pools and what the southern organization has now.
    ///
    /// Other tests' servers are in the same process and hold theirs. A small leak shows with a higher `EAGLE_FUZZ`.
    private static let growthMax = 2_048 << 20

    @Test func `no input over a socket crashes, fails or leaks`() async throws {
        var limits = TestServer.limits
        limits.closeGrace = .milliseconds(500)
        limits.documentByteCountMax = 64 << 10
        limits.readingsByteCountMax = 64 << 10
        let plenty = try QuotaSettings([
            .requestsPerSecond: 1_000_000, .requestsBurst: 10_000_000, .readingsBurst: 10_000_000,
            .trainingRunsPerDay: 100_000, .users: 100_000, .deliveryTargets: 200,
        ])
        let issuer = try await TestIssuer()
        try await TestServer.run(limits: limits, openID: try FuzzMeans.desk(issuer), quotas: plenty) { server in
            let ids = try await server.furnishCanary()
            let target = FuzzTarget(server, ids: ids, means: try await FuzzMeans(server, issuer))
            #expect(target.operations.count == server.contract.operations.count)
            let oracle = FuzzOracle(contract: server.contract, canaries: [TestServer.canary])
            let before = try await server.wholeView(.northAdmin)
            try await attack(server, target, oracle, count: min(500, FuzzBudget.overSockets / 4), from: 1 << 40)
            let memory = ResidentMemory.byteCount ?? 0
            try await attack(server, target, oracle, count: FuzzBudget.overSockets, from: FuzzBudget.firstSeed)
            let growth = (ResidentMemory.byteCount ?? 0) - memory
            #expect(growth < Self.growthMax, "\(growth >> 20) MiB more than before")
            // The north has heard nothing of it, and both are served as ever.
            let after = try await server.wholeView(.northAdmin)
            let differences = after.differences(from: before)
            #expect(differences == [])
            try await server.prepare(.southAdmin)
            // Who runs the server got further than to a 403.
            let organizations = try await server.ask("GET", "/api/v1/organizations", as: .root)
            #expect(FuzzBudget.overSockets < 3_000 || organizations.items.contains { $0["slug"]?.string == "east" })
            let pushed = try await server.push([150], machine: "after", as: .southAdmin)
            #expect(pushed.json["accepted"]?.int == 1)
            try await TestStream.with(server, as: .southOperator) { stream in
                let message = try await stream.message()
                #expect(message.type == "snapshot")
            }
        }
        try? await issuer.stop()
        FuzzBudget.forget(workers: Self.workerCount)
    }

    /// Inputs from that seed on, over several connections at once.
    private func attack(
        _ server: TestServer,
        _ target: FuzzTarget,
        _ oracle: FuzzOracle,
        count: Int,
        from first: UInt64
    ) async throws {
        let connectionCount = UInt64(max(1, count / Self.pipelineCount))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<Self.workerCount {
                group.addTask {
                    var inputs = 0
                    for seed in stride(from: first + UInt64(worker), to: first + connectionCount, by: Self.workerCount)
                    {
                        FuzzBudget.note(seed, worker: worker)
                        inputs += try await Self.connect(server.port, target, oracle, seed: seed)
                    }
                    return inputs
                }
            }
            for try await _ in group {}
        }
    }

    /// One connection's inputs.
    private static func connect(
        _ port: Int,
        _ target: FuzzTarget,
        _ oracle: FuzzOracle,
        seed: UInt64
    ) async throws -> Int {
        var fuzzer = RequestFuzzer(target, seed: seed)
        let requests = (0..<pipelineCount).map { _ in fuzzer.request() }
        let heard = try await RawConnection.exchange(port, requests.flatMap(\.bytes))
        let problems = oracle.problems(in: heard, requests: requests)
        #expect(problems.isEmpty, "EAGLE_FUZZ_SEED=\(seed) requests: \(problems)")
        // Beside the sound ones, two that are not.
        var broken = BrokenBytes(target, seed: seed)
        for bytes in [broken.http(), broken.stream()] {
            let heard = try await RawConnection.exchange(port, bytes)
            let problems = oracle.problems(in: heard, requests: nil)
            #expect(
                problems.isEmpty,
                "EAGLE_FUZZ_SEED=\(seed) broken: \(problems), sent: \(String(decoding: bytes.prefix(400), as: UTF8.self))"
            )
        }
        return pipelineCount + 2
    }

    @Test(arguments: [100_000, 513])
    func `brackets without end are refused, and overflow no stack`(depth: Int) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let open = String(repeating: "[", count: depth)
            let nested = String(repeating: #"{"a":"#, count: min(depth, 100_000))
            for (method, path, type) in [
                ("PUT", "/api/v1/prediction-switch", "application/json"),
                ("PUT", "/api/v1/schema", "application/json"), ("PUT", "/api/v1/schema", "application/yaml"),
                ("POST", "/api/v1/readings", "application/json"), ("POST", "/api/v1/readings", "application/x-ndjson"),
                ("PUT", "/api/v1/delivery-policy", "application/json"),
                ("POST", "/api/v1/predictions", "application/json"),
            ] {
                for body in [
                    open, nested, #"{"readings":"# + open, #"{"predictionEnabled":"# + open, "organization: " + open,
                ] {
                    let answer = try await server.ask(method, path, as: .northAdmin, body: body, type: type)
                    #expect(
                        [400, 409, 415, 422].contains(answer.status),
                        "\(method) \(path) as \(type): \(answer.status)"
                    )
                }
            }
            #expect(try await server.push([1]).status == 200)
        }
    }
}
