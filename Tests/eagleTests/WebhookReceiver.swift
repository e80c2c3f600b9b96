import Foundation
import Glibc
import Synchronization
import TestSupport

/// A webhook's receiver on loopback, over plain sockets: notes each document by its key, and at times breaks off before
/// it answers, so that nobody knows whether it took it.
final class WebhookReceiver: Sendable {
    private struct State {
        /// The documents that came under a key, in their order.
        var documents: [String: [String]] = [:]
        var chance: SeededGenerator
    }

    let port: Int
    private let state: Mutex<State>
    private let listener: Int32

    /// One on a free port; the seed says when it breaks off.
    init(seed: UInt64) throws {
        listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (socket, bytes) = (listener, length)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, bytes) == 0 && listen(socket, 128) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard status else { throw HTTPExchange.Failure(reason: "no port to listen on") }
        port = Int(UInt16(bigEndian: address.sin_port))
        state = Mutex(State(chance: SeededGenerator(seed: seed)))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { [self] in
                    serve(connection)
                    close(connection)
                }
            }
        }
    }

    /// The documents that came under each key.
    var documents: [String: [String]] { state.withLock(\.documents) }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32) {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while true {
            guard let part = HTTPExchange.read(connection) else { return }
            bytes += part
            guard let head = bytes.firstRange(of: end) else { continue }
            let fields = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            let length = Self.field("content-length", in: fields).flatMap { Int($0) } ?? 0
            guard bytes.count >= head.upperBound + length else { continue }
            let body = String(decoding: bytes[head.upperBound...].prefix(length), as: UTF8.self)
            let key = Self.field("webhook-id", in: fields) ?? ""
            let breaksOff = state.withLock { state in
                state.documents[key, default: []].append(body)
                return Int.random(in: 0..<12, using: &state.chance) == 0
            }
            if breaksOff { return }
            bytes.removeFirst(head.upperBound + length)
            let answer = "HTTP/1.1 204 No Content\r\n\r\n"
            do { try HTTPExchange.write(answer, to: connection) } catch { return }
        }
    }

    private static func field(_ name: String, in fields: [String]) -> String? {
        fields.first { $0.lowercased().hasPrefix(name + ":") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}
