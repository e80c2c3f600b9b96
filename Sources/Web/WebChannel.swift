import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL
import NIOWebSocket
import ServiceLifecycle

/// A connection of the one port that speaks both HTTP/1.1 and, on the stream's path, WebSocket.
struct WebChannel: HTTPChannelHandler {
    /// What a connection has turned out to be.
    enum Outcome: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case stream(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, StreamAdmission)
        /// Answered and closed.
        case refused
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Known with the first request.
        let outcome: EventLoopFuture<Outcome>
    }

    let responder: HTTPChannelHandler.Responder
    let door: StreamDoor
    let limits: WebLimits
    let edge: WebEdge
    let counts: ConnectionCounts

    init(responder: @escaping HTTPChannelHandler.Responder, door: StreamDoor, context: WebContext) {
        self.responder = responder
        self.door = door
        limits = context.limits
        edge = context.edge
        counts = ConnectionCounts(countMax: limits.connectionsPerAddressMax, edge: edge)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let (door, limits, counts, certificate) = (door, limits, counts, edge.certificate)
        return channel.eventLoop.makeCompletedFuture {
            guard counts.admit(channel) else {
                channel.close(promise: nil)
                return Value(channel: channel, outcome: channel.eventLoop.makeFailedFuture(ChannelError.eof))
            }
            if let certificate { try Self.speakTLS(certificate, on: channel, limits: limits) }
            let verdict = NIOLoopBoundBox(UpgradeVerdict.notAsked, eventLoop: channel.eventLoop)
            let isSecure = certificate != nil
            let encoder = HTTPResponseEncoder()
            let extraHandlers: [any RemovableChannelHandler] = [
                ByteToMessageHandler(Self.decoder(limits)), ClientPatience(limits: limits),
                BrokenRequest(grace: limits.closeGrace, isSecure: isSecure), UpgradeFilter(),
            ]
            let upgradeHandler = NIOTypedHTTPServerUpgradeHandler<Outcome>(
                httpEncoder: encoder,
                extraHTTPHandlers: extraHandlers,
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [
                        WebSocketUpgrade(door: door, verdict: verdict, limits: limits)
                    ],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            if case .refused(let problem) = verdict.value { return Self.refuse(problem, on: channel) }
                            return try Self.speakHTTP(on: channel, isSecure: isSecure, limits: limits, logger: logger)
                        }
                    }
                )
            )
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandlers([encoder] + extraHandlers)
            try pipeline.addHandler(upgradeHandler)
            // Whoever connects and says nothing, or all too slowly, makes room again.
            let patience = channel.eventLoop.scheduleTask(in: limits.headTimeout) { channel.close(promise: nil) }
            let outcome = upgradeHandler.upgradeResultFuture
            outcome.whenComplete { _ in patience.cancel() }
            return Value(channel: channel, outcome: outcome)
        }
    }

    private static func decoder(_ limits: WebLimits) -> HTTPRequestDecoder {
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderListSize = limits.headerByteCountMax
        decoderLimits.maxHeaderFieldSize = limits.headerByteCountMax
        decoderLimits.maxHeaderFieldCount = limits.headerCountMax
        return HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoderLimits)
    }

    /// With the certificate as it is now: a renewed one is for the connections after it.
    private static func speakTLS(_ certificate: ServerCertificate, on channel: any Channel, limits: WebLimits) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(PlainRequest(grace: limits.closeGrace))
        try pipeline.addHandler(NIOSSLServerHandler(context: certificate.context))
    }

    func handle(value: Value, logger: Logger) async {
        do {
            let outcome = try await withGracefulShutdownHandler {
                try await value.outcome.get()
            } onGracefulShutdown: {
                // A connection that has not asked for anything yet has nothing to wait for.
                value.channel.close(promise: nil)
            }
            switch outcome {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .stream(let channel, let admission): await door.session(for: admission).run(on: channel)
            case .refused: try await value.channel.closeFuture.get()
            }
        } catch {
            logger.trace("a connection ended before its first request", metadata: ["cause": "\(error)"])
            value.channel.close(promise: nil)
        }
    }

    /// The same handlers as Hummingbird's own HTTP/1.1 channel.
    private static func speakHTTP(
        on channel: any Channel,
        isSecure: Bool,
        limits: WebLimits,
        logger: Logger
    ) throws -> Outcome {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: isSecure))
        try pipeline.addHandler(
            HTTPConnectionStateHandler(idleTimeout: .nanoseconds(limits.idleTimeout.nanoseconds), logger: logger)
        )
        return .http(
            try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true)
            )
        )
    }

    /// Answers for the upgrade that is not to be: its request is gone, and nobody else will.
    private static func refuse(_ problem: Problem, on channel: any Channel) -> Outcome {
        let requestID = RequestName.next()
        let response = ErrorMiddleware.response(for: problem, path: StreamRequest.path, requestID: requestID)
        let body = ErrorMiddleware.document(for: problem, path: StreamRequest.path, requestID: requestID)
        var headers = HTTPHeaders(response.headers.map { ($0.name.rawName, $0.value) })
        headers.replaceOrAdd(name: "Connection", value: "close")
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: response.status.code),
            headers: headers
        )
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
        return .refused
    }
}
