import Alarms
import NIOCore
import NIOHTTP1

/// Waits for one answer's head, and for the rest of it within bounds.
final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    static let bodyByteCountMax = 65_536

    private let promise: EventLoopPromise<WebClient.Answer>
    private let restMax: Duration
    private let deadline: Deadline
    private var answer: WebClient.Answer?
    private var byteCount = 0
    private var isDone = false

    init(_ promise: EventLoopPromise<WebClient.Answer>, restMax: Duration, until deadline: Deadline) {
        self.promise = promise
        self.restMax = restMax
        self.deadline = deadline
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = WebClient.Answer(
                status: Int(head.status.code),
                retryAfter: head.headers.first(name: "Retry-After").map { String($0.prefix(64)) }
            )
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: Self.rest(atMost: restMax, before: deadline)) {
                let (reader, context) = loopBound.value
                reader.finish(context)
            }
        case .body(let part):
            byteCount += part.readableBytes
            if byteCount > Self.bodyByteCountMax { finish(context) }
        case .end: finish(context)
        }
    }

    /// How long the rest is waited for: half of what is left at most, so that the verdict is told before the deadline.
    static func rest(atMost restMax: Duration, before deadline: Deadline) -> TimeAmount {
        min(TimeAmount(restMax), .nanoseconds(deadline.left.nanoseconds / 2))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(context, error: error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context)
        context.fireChannelInactive()
    }

    /// The first call decides; a verdict that has come holds, whatever follows it.
    private func finish(_ context: ChannelHandlerContext, error: (any Error)? = nil) {
        guard !isDone else { return }
        isDone = true
        if let answer {
            promise.succeed(answer)
        } else {
            promise.fail(failure(error))
        }
        context.close(promise: nil)
    }

    private func failure(_ error: (any Error)?) -> DeliveryError {
        switch error {
        case nil: DeliveryError(.unreachable, "\(deadline.host) closed the connection without an answer")
        case is HTTPParserError: DeliveryError(.receiverFailed, "\(deadline.host) answers with what is not HTTP")
        case let error?: DeliveryError(connectionTo: deadline.host, failedWith: error)
        }
    }
}
