import CEpoll
import Foundation
import Glibc

/// Ten thousand WebSocket clients on one thread, as lean as they can be: what they cost is in what is measured.
final class ClientCrowd {
    private let port: UInt16
    private let token: String
    private let count: Int
    private let epoll = epoll_create1(0)
    private var clients: [Int32: Client] = [:]
    /// By its number: the connection of each client.
    private var sockets: [Int32] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 17)
    private var book = ReceiptBook()
    private var openCount = 0
    private var connectsLeft: [(number: Int, after: Int)] = []
    private var reconnects: [(number: Int, at: Int)] = []
    private var reconnectCount = 0
    private var orders: [UInt8] = []
    private var isReporting = false
    private var reportsAt = 0

    /// Handshakes that are under way at a time.
    private static let knockingMax = 64

    init(port: UInt16, token: String, count: Int) {
        self.port = port
        self.token = token
        self.count = count
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        _ = fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK)
        listen(to: 0)
        var events = [epoll_event](repeating: epoll_event(), count: 1_024)
        while true {
            let ready = epoll_wait(epoll, &events, Int32(events.count), 5)
            for event in events.prefix(max(0, Int(ready))) {
                if event.data.fd == 0 { takeOrders() } else { read(event.data.fd) }
            }
            knock()
            comeAndGo()
            if isReporting, isComplete || monotonicNanoseconds() > reportsAt {
                report()
                return
            }
        }
    }

    private func listen(to socket: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = socket
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event)
    }

    // MARK: - Orders

    private func takeOrders() {
        let length = Glibc.read(0, &buffer, buffer.count)
        guard length > 0 else { exit(1) }
        orders += buffer[..<length]
        while let end = orders.firstIndex(of: UInt8(ascii: "\n")) {
            obey(String(decoding: orders[..<end], as: UTF8.self).split(separator: " ", maxSplits: 3).map(String.init))
            orders.removeSubrange(...end)
        }
    }

    private func obey(_ words: [String]) {
        let numbers = words.dropFirst().compactMap { Int($0) }
        switch words.first {
        case "connect":
            sockets = Array(repeating: -1, count: count)
            connectsLeft = (0..<count).map { ($0, numbers.first ?? 0) }
        case "slow":
            for _ in 0..<(numbers.first ?? 0) { _ = open(number: -1, after: 0) }
            say("done: slow")
        case "reconnect":
            let now = monotonicNanoseconds()
            let (many, milliseconds) = (numbers.first ?? 0, numbers.dropFirst().first ?? 0)
            reconnectCount = many
            reconnects = (0..<many).map { _ in
                (Int.random(in: 0..<count), now + Int.random(in: 0..<milliseconds) * 1_000_000)
            }.sorted { $0.at > $1.at }
        case "told":
            if numbers.count >= 2 { book.told(numbers[0], at: numbers[1], name: words.last ?? "") }
        case "report":
            isReporting = true
            reportsAt = monotonicNanoseconds() + 15_000_000_000
        default: break
        }
    }

    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    // MARK: - Coming and going

    /// Opens as many connections as the server answers in order.
    private func knock() {
        guard !connectsLeft.isEmpty else { return }
        let knocking = clients.values.reduce(0) { $0 + ($1.isOpen ? 0 : 1) }
        for _ in 0..<max(0, Self.knockingMax - knocking) {
            guard let next = connectsLeft.popLast() else { return }
            sockets[next.number] = open(number: next.number, after: next.after)
        }
    }

    /// Lets clients go whose time has come, and has them come back at once with the last number they saw.
    private func comeAndGo() {
        let now = monotonicNanoseconds()
        while let next = reconnects.last, next.at <= now {
            reconnects.removeLast()
            let socket = sockets[next.number]
            guard let client = clients[socket], client.isOpen else {
                reconnectCount -= 1
                continue
            }
            leave(socket)
            openCount -= 1
            sockets[next.number] = open(number: next.number, after: client.last)
        }
    }

    private func leave(_ socket: Int32) {
        clients[socket] = nil
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
        close(socket)
    }

    /// A connection that knocks at the stream; one that never reads has the number -1.
    private func open(number: Int, after: Int) -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var size: Int32 = 16_384
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            say("a client can't connect: \(String(cString: strerror(errno)))")
            exit(1)
        }
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        let request =
            "GET /api/v1/stream?after=\(after) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Authorization: Bearer \(token)\r\n\r\n"
        let bytes = Array(request.utf8)
        write(socket, bytes, bytes.count)
        guard number >= 0 else { return socket }
        clients[socket] = Client(number: number, last: after)
        listen(to: socket)
        return socket
    }

    // MARK: - Reading

    private func read(_ socket: Int32) {
        let length = Glibc.read(socket, &buffer, buffer.count)
        let now = monotonicNanoseconds()
        guard let client = clients[socket] else { return }
        guard length > 0 else {
            if length < 0, errno == EAGAIN { return }
            leave(socket)
            openCount -= 1
            book.lostCount += 1
            return
        }
        let wasOpen = client.isOpen
        buffer.withUnsafeBytes { bytes in
            client.take(UnsafeRawBufferPointer(rebasing: bytes[..<length]), at: now, into: &book) {
                // A pong whose mask is all zeros.
                write(socket, [0x8A, 0x80, 0, 0, 0, 0] as [UInt8], 6)
            }
        }
        guard client.isOpen, !wasOpen else { return }
        openCount += 1
        if openCount == count, connectsLeft.isEmpty { opened() }
    }

    private func opened() {
        if reconnectCount == 0 {
            say("done: connected \(count) clients")
        } else if reconnects.isEmpty {
            say("done: reconnected")
        }
    }

    // MARK: - Telling

    private var isComplete: Bool { clients.values.allSatisfy { $0.last >= book.lastTold } }

    private func report() {
        let behind = clients.values.count { $0.last < book.lastTold }
        say("\(clients.count) clients, \(behind) of them behind, \(reconnectCount) reconnections")
        book.report(clientCount: count).forEach(say)
        say("done: reported")
    }
}
