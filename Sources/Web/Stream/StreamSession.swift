import Alarms
import Logging
import NIOCore
import NIOWebSocket
import Plant
import ServiceLifecycle
import Serving
import Storage

/// One client's stream, from the handshake to the close frame: what it missed, then what happens, each alert once.
///
/// The store is the truth and the hub only its herald: where the hub had to leave something out, the store
/// is read. Nobody waits for this client; when it does not read, it is cut off, and resumes by sequence.
struct StreamSession: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<WebSocketFrame>
    typealias Outbound = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    let admission: StreamAdmission
    let sessions: Sessions
    private let frames = StreamFrames()

    init(admission: StreamAdmission, sessions: Sessions) {
        self.admission = admission
        self.sessions = sessions
    }

    private var context: WebContext { sessions.context }

    func run(on asyncChannel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>) async {
        let channel = asyncChannel.channel
        context.metrics.streamOpened()
        defer {
            context.metrics.streamClosed()
            admission.place.release()
        }
        do {
            try await asyncChannel.executeThenClose { inbound, outbound in
                await converse(inbound, outbound, channel)
            }
        } catch {
            context.logger.trace("a stream ended", metadata: ["cause": "\(error)"])
        }
    }

    private enum Side: Sendable { case client, server }

    /// Listens and speaks until either side has had enough, and parts as RFC 6455, section 7.1 has it.
    private func converse(_ inbound: Inbound, _ outbound: Outbound, _ channel: any Channel) async {
        await withTaskGroup(of: (Side, StreamEnding).self) { group in
            let pulse = StreamPulse()
            group.addTask { (.client, await listen(to: inbound, pulse: pulse, channel: channel)) }
            group.addTask { (.server, await speak(to: outbound, pulse: pulse, channel: channel)) }
            guard let (side, ending) = await group.next() else { return }
            if ending == .tooSlow { context.metrics.streamCutOff() }
            // A client that reads gets the reason; one that doesn't is not waited for.
            let patience = channel.eventLoop.scheduleTask(in: context.limits.closeGrace) { channel.close(promise: nil) }
            defer { patience.cancel() }
            switch side {
            case .client:
                group.cancelAll()
                await group.waitForAll()
                try? await channel.writeAndFlush(frames.close(ending)).get()
            case .server:
                try? await channel.writeAndFlush(frames.close(ending)).get()
                await group.waitForAll()
            }
        }
    }

    // MARK: Listening

    /// Answers pings and hears the close; clients have nothing else to say.
    private func listen(to inbound: Inbound, pulse: StreamPulse, channel: any Channel) async -> StreamEnding {
        do {
            for try await frame in inbound {
                pulse.heard()
                guard frame.maskKey != nil else { return .protocolError("a client's frames are masked") }
                // No extension is agreed on, compression neither: these bits mean nothing (RFC 6455, section 5.2).
                guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
                    return .protocolError("no extension was agreed on, and a reserved bit is set")
                }
                switch frame.opcode {
                case .connectionClose: return .peerLeft
                case .ping:
                    // Without room for the answer, the keeper will end the stream.
                    if channel.isWritable { channel.writeAndFlush(frames.pong(frame.unmaskedData), promise: nil) }
                case .pong, .text, .binary, .continuation: break
                default: return .protocolError("the opcode is reserved")
                }
            }
            return .peerLeft
        } catch let error as NIOWebSocketError where error == .invalidFrameLength {
            return .tooLarge
        } catch {
            return .peerLeft
        }
    }

    // MARK: Speaking

    private func speak(to outbound: Outbound, pulse: StreamPulse, channel: any Channel) async -> StreamEnding {
        await withTaskGroup(of: StreamEnding.self) { group in
            group.addTask { await tell(outbound, pulse, channel) }
            if admission.hearsTraining {
                group.addTask { await tell(context.trainingNews, by: frames.training, outbound, pulse) }
            }
            group.addTask { await tell(context.lanes.explanationNews, by: frames.explanation, outbound, pulse) }
            if admission.hearsSystem {
                group.addTask { await tell(context.lanes.systemNews, by: frames.system, outbound, pulse) }
            }
            group.addTask { await watch() }
            group.addTask { await keep(pulse: pulse, channel: channel) }
            group.addTask {
                do {
                    try await gracefulShutdown()
                    return .goingAway
                } catch {
                    return .peerLeft
                }
            }
            let ending = await group.next() ?? .goingAway
            group.cancelAll()
            return ending
        }
    }

    /// Ends the stream as soon as its login or key is worth nothing any more, or something else than it was.
    private func watch() async -> StreamEnding {
        let changes = sessions.standings.changes(of: admission.principal)
        // What changed between the handshake and here was told to nobody.
        if await !sessions.isStillIn(admission.principal) { return .revoked }
        for await _ in changes where await !sessions.isStillIn(admission.principal) { return .revoked }
        return .peerLeft
    }

    /// How often a client that takes nothing is looked at within the longest stall.
    private static let stallChecks = 4

    /// Heartbeats, the token's end, and the patience with a client that does not read or is gone.
    private func keep(pulse: StreamPulse, channel: any Channel) async -> StreamEnding {
        let limits = context.limits
        let clock = ContinuousClock()
        // Not all at once for clients that came at once, as after a restart.
        var nextHeartbeat = clock.now + limits.heartbeat * Double.random(in: 0.5...1)
        // Counted, not timed: a server that was starved itself is no reason to blame its clients.
        var fullCount = 0
        var writeCount = 0
        while true {
            let left = admission.expires - context.now()
            guard left > .zero else { return .expired }
            do {
                try await clock.sleep(for: min(limits.stallMax / Self.stallChecks, limits.heartbeat, left))
            } catch {
                return .peerLeft
            }
            // Who is full but takes one write after the other is catching up.
            if channel.isWritable || pulse.writeCount != writeCount {
                fullCount = 0
                writeCount = pulse.writeCount
            } else {
                fullCount += 1
                if fullCount > Self.stallChecks { return .tooSlow }
            }
            guard clock.now >= nextHeartbeat else { continue }
            nextHeartbeat = clock.now + limits.heartbeat
            // A command beside the server, or another server, may have ended it.
            guard await sessions.isStillIn(admission.principal) else { return .revoked }
            if pulse.unansweredCount >= limits.unansweredMax { return .tooSlow }
            guard channel.isWritable else { continue }
            pulse.asked()
            channel.write(frames.heartbeat(at: context.plantTime.now), promise: nil)
            channel.writeAndFlush(frames.ping, promise: nil)
        }
    }

    /// What was missed, then what comes, for as long as the client reads.
    private func tell(_ outbound: Outbound, _ pulse: StreamPulse, _ channel: any Channel) async -> StreamEnding {
        do {
            // In the crowd before the store is read, so that nothing falls between the two.
            let member = StreamMember(channel: channel, pulse: pulse)
            let place = context.crowd.join(member, in: admission.scope)
            defer { context.crowd.leave(place) }
            var falls = member.fallsBehind.makeAsyncIterator()
            var position = try await begin(outbound, pulse)
            while true {
                try await catchUp(&position, outbound, pulse)
                let reached = position
                guard try await channel.eventLoop.submit({ member.goLive(at: reached) }).get() else { continue }
                guard await falls.next() != nil else { throw CancellationError() }
                position = member.left ?? position
                let last = try await context.stores.alerts.lastSequence(in: admission.scope)
                if last - position.sent > context.limits.resumeCountMax { return .tooSlow }
            }
        } catch is CancellationError {
            return .peerLeft
        } catch is ChannelError {
            return .peerLeft
        } catch {
            context.logger.error("a stream can't be read from the store", metadata: ["cause": "\(error)"])
            return .storeUnavailable
        }
    }

    /// What is told as it happens, and not numbered; a slow client that misses some of it finds it over HTTP.
    private func tell<News: Sendable>(
        _ news: Broadcast<News>,
        by frame: @Sendable (News) throws -> WebSocketFrame,
        _ outbound: Outbound,
        _ pulse: StreamPulse
    ) async -> StreamEnding {
        while !Task.isCancelled {
            do {
                for try await element in news.subscribe(in: admission.scope) {
                    try await send([try frame(element)], outbound, pulse)
                }
            } catch is Broadcast<News>.Overflow {
                continue
            } catch is Broadcast<News>.Closed {
                return .gone
            } catch {
                break
            }
        }
        return .peerLeft
    }

    /// How many missed alerts are sent at once.
    private static let catchUpCountMax = 50

    /// A snapshot of the open alarms for who knows nothing or too little, else nothing.
    private func begin(_ outbound: Outbound, _ pulse: StreamPulse) async throws -> StreamPosition {
        let last = try await context.stores.alerts.lastSequence(in: admission.scope)
        if let after = admission.after, after <= last, last - after <= context.limits.resumeCountMax {
            return StreamPosition(after: after)
        }
        // Read after the number: what changes in between is in both, and comes out the same.
        let alarms = try await context.stores.alarms.open(in: admission.scope)
        let open = try await AlarmDocument.documents(alarms, context.stores, in: admission.scope)
        try await send([try frames.snapshot(sequence: last, open: open, at: context.plantTime.now)], outbound, pulse)
        return StreamPosition(after: last)
    }

    /// What it missed: from what others were just told where that is enough, and the rest from the store.
    private func catchUp(
        _ position: inout StreamPosition,
        _ outbound: Outbound,
        _ pulse: StreamPulse
    ) async throws {
        while true {
            let limit = Self.catchUpCountMax
            let atHand = context.alertFrames.texts(after: position.sent, limit: limit, in: admission.scope)
            for number in position.sent..<position.sent + Int64(atHand.count) { _ = position.step(to: number + 1) }
            if !atHand.isEmpty {
                try await send(atHand.map { frames.alert($0) }, outbound, pulse)
                continue
            }
            let page = try await context.stores.alerts.after(position.sent, limit: limit, in: admission.scope)
            var missed: [WebSocketFrame] = []
            for alert in page where position.step(to: alert.sequence) == .send {
                missed.append(try frame(of: alert))
            }
            if missed.isEmpty { return }
            try await send(missed, outbound, pulse)
        }
    }

    private func frame(of alert: Alert) throws -> WebSocketFrame {
        frames.alert(try context.alertFrames.text(of: alert, in: admission.scope))
    }

    private func send(_ told: [WebSocketFrame], _ outbound: Outbound, _ pulse: StreamPulse) async throws {
        try await outbound.write(contentsOf: told)
        pulse.wrote()
        context.metrics.framesSent(told.count)
    }
}
