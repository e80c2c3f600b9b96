import Foundation
import Glibc
import Plant
import Serving
import Storage
import WholeServer

/// Asks for lists and takes the time.
final class ListMeasure: Sendable {
    struct Fault: Error { let what: String }

    private let server: WholeServer
    private let tenant: WholeServer.Tenant
    /// A connection's thread: what blocks there holds nobody up.
    private let work = BlockingWork(label: "client")
    private let socket: Int32

    init(server: WholeServer, tenant: WholeServer.Tenant) {
        self.server = server
        self.tenant = tenant
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(server.port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(socket) }

    /// Brings the newest pages of the file into memory.
    func warmUp(_ filter: AlarmFilter) async throws {
        _ = try await http(ListQuery(filter: filter, after: nil, limit: 200))
    }

    /// - Returns: Milliseconds from the question to the alarms.
    func store(_ query: ListQuery) async throws -> Double {
        let clock = ContinuousClock()
        let started = clock.now
        _ = try await server.stores.alarms.page(
            query.filter,
            after: query.after,
            limit: query.limit,
            in: tenant.scope
        )
        return Self.milliseconds(clock.now - started)
    }

    /// - Returns: Milliseconds from the request to its answer's last byte, over a connection that is open.
    func http(_ query: ListQuery) async throws -> Double {
        let request = """
            GET /api/v1/alarms?\(query.text) HTTP/1.1\r
            Host: 127.0.0.1\r
            Authorization: Bearer \(tenant.token)\r
            \r

            """
        return try await work.run { [socket] in
            let clock = ContinuousClock()
            let started = clock.now
            try Self.exchange(Array(request.utf8), on: socket)
            return Self.milliseconds(clock.now - started)
        }
    }

    private static func exchange(_ request: [UInt8], on socket: Int32) throws {
        guard write(socket, request, request.count) == request.count else {
            throw Fault(what: "the request is cut off")
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var expected = Int.max
        while answer.count < expected {
            let count = read(socket, &buffer, buffer.count)
            guard count > 0 else { throw Fault(what: "the connection ended") }
            answer += buffer[..<count]
            guard expected == .max else { continue }
            let text = String(decoding: answer.prefix(4_096), as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let head = text[..<end.lowerBound].lowercased()
            guard head.hasPrefix("http/1.1 200"), let name = head.range(of: "content-length: "),
                let length = Int(head[name.upperBound...].prefix { $0.isNumber })
            else { throw Fault(what: String(text.prefix(400))) }
            expected = text[..<end.upperBound].utf8.count + length
        }
    }

    private static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
}
