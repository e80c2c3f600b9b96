import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A mail server on loopback that keeps what it was told, and answers as it must, unless it was told otherwise.
final class MailServer: Sendable {
    struct Options: Sendable {
        var tls: NIOSSLContext?
        /// TLS from the first byte.
        var isImplicit = false
        var offersSTARTTLS = true
        /// `PLAIN`, `LOGIN`; without any a login is not asked for.
        var logins: [String] = []
        /// What a command that begins so is answered with, once per entry, instead of what it should be.
        var answers: [(String, String)] = []
        /// Says this right behind its consent to TLS, in the clear.
        var smuggled = ""
        /// Whether every byte is sent by itself.
        var isSlow = false
    }

    struct Seen: Sendable {
        /// Each with whether it came under TLS.
        var commands: [(text: String, isSecret: Bool)] = []
        /// As they came, dots still doubled.
        var messages: [String] = []
    }

    final class Book: Sendable {
        private let state: Mutex<(seen: Seen, answers: [(String, String)])>

        init(_ options: Options) { state = Mutex((Seen(), options.answers)) }

        var seen: Seen { state.withLock { $0.seen } }
        func add(_ command: String, isSecret: Bool) { state.withLock { $0.seen.commands.append((command, isSecret)) } }
        func add(message: String) { state.withLock { $0.seen.messages.append(message) } }

        /// The next answer for such a command, if one was told.
        func answer(to command: String) -> String? {
            state.withLock { state in
                guard let index = state.answers.firstIndex(where: { command.hasPrefix($0.0) }) else { return nil }
                return state.answers.remove(at: index).1
            }
        }
    }

    private let book: Book
    private let channel: any Channel

    var port: Int { channel.localAddress?.port ?? 0 }
    var commands: [String] { book.seen.commands.map(\.text) }
    /// Those that went over the wire for all to read.
    var openCommands: [String] { book.seen.commands.filter { !$0.isSecret }.map(\.text) }
    var messages: [String] { book.seen.messages }

    init(_ options: Options = Options()) async throws {
        let book = Book(options)
        self.book = book
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if options.isImplicit, let tls = options.tls {
                        try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try pipeline.addHandler(MailHandler(options, book))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async throws { try await channel.close() }
}

private final class MailHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let options: MailServer.Options
    private let book: MailServer.Book
    private var received = ""
    private var isSecret: Bool
    private var isMessage = false
    private var loginSteps = 0

    init(_ options: MailServer.Options, _ book: MailServer.Book) {
        self.options = options
        self.book = book
        isSecret = options.isImplicit
    }

    func channelActive(context: ChannelHandlerContext) {
        say(book.answer(to: "greeting") ?? "220-loopback\r\n220 ready", context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        while let end = received.firstRange(of: isMessage ? "\r\n.\r\n" : "\r\n") {
            let text = String(received[..<end.lowerBound])
            received.removeSubrange(..<end.upperBound)
            if isMessage {
                book.add(message: text + "\r\n")
                isMessage = false
                say(book.answer(to: ".") ?? "250 2.0.0 queued", context)
            } else {
                book.add(text, isSecret: isSecret)
                answer(text, context)
            }
        }
    }

    private func answer(_ command: String, _ context: ChannelHandlerContext) {
        if let told = book.answer(to: command) {
            guard told != "close" else { return context.close(promise: nil) }
            return say(told, context)
        }
        switch command.prefix(4) {
        case "EHLO": say((["250-loopback"] + extensions + ["250 8BITMIME"]).joined(separator: "\r\n"), context)
        case "STAR": beginTLS(context)
        case "AUTH" where command.hasPrefix("AUTH PLAIN "): say("235 2.7.0 welcome", context)
        case "AUTH":
            loginSteps = 2
            say("334 VXNlcm5hbWU6", context)
        case _ where loginSteps > 0:
            loginSteps -= 1
            say(loginSteps > 0 ? "334 UGFzc3dvcmQ6" : "235 2.7.0 welcome", context)
        case "MAIL", "RCPT": say("250 2.1.0 ok", context)
        case "DATA":
            isMessage = true
            say("354 go on", context)
        case "QUIT":
            say("221 bye", context)
            context.close(promise: nil)
        default: say("500 what?", context)
        }
    }

    private var extensions: [String] {
        var extensions: [String] = []
        if options.tls != nil, options.offersSTARTTLS, !isSecret { extensions.append("250-STARTTLS") }
        if !options.logins.isEmpty { extensions.append("250-AUTH \(options.logins.joined(separator: " "))") }
        return extensions
    }

    private func beginTLS(_ context: ChannelHandlerContext) {
        say("220 2.0.0 go ahead" + (options.smuggled.isEmpty ? "" : "\r\n" + options.smuggled), context)
        isSecret = true
        guard let tls = options.tls else { return }
        try? context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        let bytes = Array((text + "\r\n").utf8)
        for part in options.isSlow ? bytes.map({ [$0] }) : [bytes] {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: part)), promise: nil)
        }
    }
}
