import HTTPTypes
import NIOCore
import NIOHTTP1

/// Answers what can't even be read as a request, and sees to it that no answer leaves without the security fields.
final class BrokenRequest: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let grace: TimeAmount
    private let fields: [(HTTPField.Name, String)]
    /// Requests that have begun and are not answered.
    private var openCount = 0
    /// Whether a request has begun and not ended.
    private var isAmidRequest = false
    private var isBroken = false
    /// What is still to be said, after the answers that others have a right to.
    private var waiting: Problem?

    init(grace: TimeAmount, isSecure: Bool) {
        self.grace = grace
        fields = SecurityHeaders.all(isSecure: isSecure)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: (openCount, isAmidRequest) = (openCount + 1, true)
        case .body: break
        case .end: isAmidRequest = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            for (name, value) in fields where !head.headers.contains(name: name.rawName) {
                head.headers.add(name: name.rawName, value: value)
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            openCount -= 1
            context.write(data, promise: promise)
            if openCount == 0, let waiting { answer(waiting, context) }
        }
    }

    /// Within a request its own route answers; between two of them, and before the first, nobody else would.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isBroken else { return }
        guard !isAmidRequest, let error = error as? HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        isBroken = true
        let problem = Self.problem(of: error)
        if openCount == 0 { answer(problem, context) } else { waiting = problem }
    }

    private static func problem(of error: HTTPParserError) -> Problem {
        switch error {
        case .headerOverflow: Problem(.headersTooLarge, "Send fewer or shorter header fields, and a shorter path.")
        default: Problem(.badRequest, "This is not HTTP/1.1 as RFC 9112 has it.")
        }
    }

    private func answer(_ problem: Problem, _ context: ChannelHandlerContext) {
        waiting = nil
        let requestID = RequestName.next()
        let body = ErrorMiddleware.document(for: problem, path: "", requestID: requestID)
        var head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: problem.code.status.code),
            headers: [
                "Content-Type": MediaTypes.problem, "Content-Length": String(body.readableBytes),
                "Connection": "close", "X-Request-Id": requestID,
            ]
        )
        for (name, value) in fields { head.headers.add(name: name.rawName, value: value) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Not at once: who is still sending would be reset, and never read why.
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: grace) { channel.close(promise: nil) }
    }
}
