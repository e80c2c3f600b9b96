import NIOCore
import NIOHTTP1

/// Ends connections whose clients keep the server waiting: with a body that does not get on, an answer that nobody
/// takes, or a body that goes on after its answer.
///
/// Each may take as long as its length needs at the slowest pace that is borne, and a grace. Whatever the server itself
/// is slow in is not held against the client.
final class ClientPatience: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Bytes on their way: from when on, and how many earn their client time.
    private struct Progress {
        let since: NIODeadline
        var byteCount = 0
        /// Whether the request has its answer already: who sends on then gains nothing by it.
        var isAnswered = false
    }

    private let limits: WebLimits
    /// The request's body, while it comes.
    private var body: Progress?
    /// Whether the server wants more of it.
    private var isReading = false
    /// The answer's bytes that are still in the server's hands.
    private var waitingByteCount = 0
    /// How many of them there were when they were last counted, and when that was.
    private var stall: Progress?
    /// How many have gone since.
    private var goneByteCount = 0
    private var timer: Scheduled<Void>?

    init(limits: WebLimits) { self.limits = limits }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = false
        switch unwrapInboundIn(data) {
        case .head(let head):
            if head.hasBody {
                body = Progress(since: context.eventLoop.now)
                watch(context)
            }
        case .body(let part): if body?.isAnswered == false { body?.byteCount += part.readableBytes }
        case .end: body = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: context.write(data, promise: promise)
        case .body(let part):
            let byteCount = part.readableBytes
            waitingByteCount += byteCount
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenComplete { _ in
                self.waitingByteCount -= byteCount
                self.goneByteCount += byteCount
            }
            context.write(data, promise: written)
        case .end:
            if body != nil {
                body = Progress(since: context.eventLoop.now, isAnswered: true)
                watch(context)
            }
            context.write(data, promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if waitingByteCount > 0, stall == nil {
            count(context)
            watch(context)
        }
    }

    // MARK: The watch

    private func watch(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        guard let due = nextDue else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            self.timer = nil
            self.look(context)
        }
    }

    private var nextDue: NIODeadline? {
        [body.map { due($0) }, stall.map { due($0) }].compactMap(\.self).min()
    }

    private func due(_ progress: Progress) -> NIODeadline {
        progress.since + limits.bodyGrace + .milliseconds(Int64(progress.byteCount) * 1_000 / Int64(limits.bodyRateMin))
    }

    private func look(_ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        if let body, due(body) <= now {
            guard !isReading, !body.isAnswered else {
                context.close(promise: nil)
                return
            }
            self.body = Progress(since: now)
        }
        if let stall, due(stall) <= now {
            // All that waited then must be gone; what has come since has its own time.
            guard goneByteCount >= stall.byteCount else {
                context.close(promise: nil)
                return
            }
            count(context)
        }
        watch(context)
    }

    private func count(_ context: ChannelHandlerContext) {
        stall = waitingByteCount > 0 ? Progress(since: context.eventLoop.now, byteCount: waitingByteCount) : nil
        goneByteCount = 0
    }
}

extension HTTPRequestHead {
    /// Whether bytes follow it (RFC 9112, section 6.3).
    fileprivate var hasBody: Bool {
        headers.contains(name: "Transfer-Encoding") || headers.first(name: "Content-Length").map { $0 != "0" } == true
    }
}
