import Alarms
import NIOCore
import NIOHTTP1

/// Collects one answer up to its end, within a bound.
final class DocumentReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<WebClient.Document>
    private let byteCountMax: Int
    private let deadline: Deadline
    private var status: Int?
    private var body: [UInt8] = []
    private var isDone = false

    init(_ promise: EventLoopPromise<WebClient.Document>, byteCountMax: Int, until deadline: Deadline) {
        self.promise = promise
        self.byteCountMax = byteCountMax
        self.deadline = deadline
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Word that the answer is still to come (RFC 9110, section 15.2) is none.
            if head.status.code >= 200 { status = Int(head.status.code) }
        case .body(let part):
            guard body.count + part.readableBytes <= byteCountMax else {
                return finish(
                    context,
                    .failure(
                        DeliveryError(.receiverFailed, "\(deadline.host) answers with more than \(byteCountMax) bytes")
                    )
                )
            }
            body += part.readableBytesView
        case .end:
            guard let status else { return }
            finish(context, .success(WebClient.Document(status: status, body: body)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure: DeliveryError =
            error is HTTPParserError
            ? DeliveryError(.receiverFailed, "\(deadline.host) answers with what is not HTTP")
            : DeliveryError(connectionTo: deadline.host, failedWith: error)
        finish(context, .failure(failure))
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(
            context,
            .failure(DeliveryError(.unreachable, "\(deadline.host) closed the connection within its answer"))
        )
        context.fireChannelInactive()
    }

    /// The first call decides.
    private func finish(_ context: ChannelHandlerContext, _ result: Result<WebClient.Document, DeliveryError>) {
        guard !isDone else { return }
        isDone = true
        promise.completeWith(result.mapError { $0 as any Error })
        context.close(promise: nil)
    }
}
