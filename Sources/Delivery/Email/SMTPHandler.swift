import Alarms
import NIOCore
import NIOSSL

/// Carries a dialogue with a mail server over a channel.
final class SMTPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var dialogue: SMTPDialogue
    private var reader = SMTPReplyReader()
    private let message: [UInt8]
    private let dialer: Dialer
    private let promise: EventLoopPromise<DeliveryReceipt>
    private let onDelivered: @Sendable ([String]) -> Void
    private var isDone = false

    /// - Parameters:
    ///   - dialogue: At its beginning.
    ///   - message: What is sent.
    ///   - dialer: For TLS.
    ///   - promise: Comes to the receipt.
    ///   - onDelivered: Is told of those that have the message, whatever becomes of the others.
    init(
        _ dialogue: SMTPDialogue,
        message: [UInt8],
        dialer: Dialer,
        promise: EventLoopPromise<DeliveryReceipt>,
        onDelivered: @escaping @Sendable ([String]) -> Void
    ) {
        self.dialogue = dialogue
        self.message = message
        self.dialer = dialer
        self.promise = promise
        self.onDelivered = onDelivered
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        do throws(SMTPReplyReader.Nonsense) {
            let replies = try reader.replies(in: unwrapInboundIn(data).readableBytesView)
            // One command, one reply: a second one answers what nobody asked.
            guard replies.count <= 1, replies.isEmpty || !reader.isAmidReply else { throw SMTPReplyReader.Nonsense() }
            guard let reply = replies.first else { return }
            let action = dialogue.received(reply)
            if !dialogue.delivered.isEmpty { onDelivered(dialogue.delivered) }
            act(action, context)
        } catch {
            finish(.failure(DeliveryError(.receiverFailed, "\(host) answers with what is not SMTP")), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(DeliveryError(connectionTo: host, failedWith: error)), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(DeliveryError(.unreachable, "\(host) closed the connection too early")), context)
        context.fireChannelInactive()
    }

    private var host: String { dialogue.settings.host }

    private func act(_ action: SMTPDialogue.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .say(let command): write(Array(command.utf8) + [13, 10], context)
        case .sendMessage: write(Self.stuffed(message), context)
        case .beginTLS:
            do {
                try context.pipeline.syncOperations.addHandler(dialer.tlsHandler(host: host), position: .first)
                act(dialogue.beganTLS(), context)
            } catch { errorCaught(context: context, error: error) }
        case .finish(let receipt, let goodbye):
            write(Array(goodbye.utf8) + [13, 10], context)
            finish(.success(receipt), context)
        case .fail(let error): finish(.failure(error), context)
        }
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func finish(_ result: Result<DeliveryReceipt, DeliveryError>, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        promise.completeWith(result.mapError { $0 as any Error })
        context.close(promise: nil)
    }

    /// The message as it is sent: a dot at a line's start is doubled, and a dot alone ends it (RFC 5321, 4.5.2).
    static func stuffed(_ message: [UInt8]) -> [UInt8] {
        var stuffed: [UInt8] = []
        stuffed.reserveCapacity(message.count + 16)
        var isLineStart = true
        for byte in message {
            if isLineStart, byte == 46 { stuffed.append(46) }
            stuffed.append(byte)
            isLineStart = byte == 10
        }
        if !isLineStart { stuffed += [13, 10] }
        return stuffed + [46, 13, 10]
    }
}
