import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Web

/// Asks over a plain socket, follows no redirect by itself, and keeps cookies, as a browser that tests can look into.
final class TestBrowser: Sendable {
    struct Failure: Error { let reason: String }

    private let server: TestServer
    private let jar = Mutex<[String: String]>([:])

    init(_ server: TestServer) { self.server = server }

    var cookies: [String: String] { jar.withLock { $0 } }

    func forgetCookies() { jar.withLock { $0 = [:] } }

    /// What comes back, held against the contract.
    @discardableResult
    func ask(
        _ method: String,
        _ path: String,
        body: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        let cookies = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if !cookies.isEmpty { head += "Cookie: \(cookies)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        let (text, port) = (head + "\r\n" + (body ?? ""), server.port)
        let bytes = try await OffPool.run { try Self.exchange(text, port: port) }
        let answer = try answer(String(decoding: bytes, as: UTF8.self))
        let problems = server.contract.problems(of: answer, to: method, path)
        #expect(
            problems.isEmpty,
            "\(method) \(path) answered \(answer.status), \(problems)",
            sourceLocation: sourceLocation
        )
        return answer
    }

    private func answer(_ text: String) throws -> Answer {
        let parts = text.components(separatedBy: "\r\n\r\n")
        let lines = parts[0].components(separatedBy: "\r\n")
        guard parts.count > 1, let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(reason: "no answer")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let (name, value) = (line[..<colon].lowercased(), line[colon...].dropFirst().trimmed)
            if name == "set-cookie" { keep(String(value)) }
            headers[name] = headers[name].map { "\($0), \(value)" } ?? String(value)
        }
        let body = parts.dropFirst().joined(separator: "\r\n\r\n")
        return Answer(status: status, headers: headers, body: Data(body.utf8))
    }

    /// Keeps a cookie, as its field sets it.
    func keep(_ cookie: String) {
        let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2 else { return }
        jar.withLock { $0[String(pair[0])] = cookie.contains("Max-Age=0") ? nil : String(pair[1]) }
    }

    private static func exchange(_ text: String, port: Int) throws -> [UInt8] {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(reason: "not connected") }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(reason: "the connection broke") }
            rest = rest.dropFirst(count)
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return received }
            received += buffer[..<count]
        }
    }
}
