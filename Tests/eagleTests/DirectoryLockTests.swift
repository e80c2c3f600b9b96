import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct DirectoryLockTests {
    @Test func `a second server on one data directory is refused, and takes over when the first is gone`() throws {
        let folder = try TemporaryDirectory()
        let data = folder.path("data")
        let first = try EagleServer(data: data)
        defer { first.kill() }
        for _ in 0..<3 {
            let second = try EagleProcess.run(["serve", "--data", data, "--port", "0"])
            #expect(second.status == 1)
            #expect(second.errors.contains("another eagle serves \(data)"))
        }
        // The refused ones left the first as it was.
        let answer = try HTTPExchange.send("GET", "/livez", port: first.port)
        #expect(answer.status == 200)
        first.kill()
        let next = try EagleServer(data: data)
        next.kill()
    }
}
