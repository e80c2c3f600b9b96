import NIOCore
import NIOWebSocket
import Synchronization

/// An alert as it is told live: its number, and its JSON where that could be written.
struct ToldAlert: Sendable {
    let sequence: Int64
    let text: ByteBuffer?
}

/// One stream's place in the crowd: told live as long as its client keeps up, on its connection's event loop.
///
/// Who falls behind is told nothing more until its session has caught up from the store and joins in again.
final class StreamMember: Sendable {
    private struct State {
        /// How far the client was told; while it is live.
        var position: StreamPosition?
        /// The last alert that was told to the crowd while this one was not live.
        var lastMissed: Int64 = 0
        /// Where it left off when it last fell behind.
        var left: StreamPosition?
    }

    private let channel: any Channel
    private let pulse: StreamPulse
    private let frames = StreamFrames()
    private let state = Mutex(State())
    /// Says that it fell behind.
    let fallsBehind: AsyncStream<Void>
    private let fell: AsyncStream<Void>.Continuation

    init(channel: any Channel, pulse: StreamPulse) {
        self.channel = channel
        self.pulse = pulse
        (fallsBehind, fell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var eventLoop: any EventLoop { channel.eventLoop }

    /// Joins in behind what was told already; on the event loop, so that what was written before comes before.
    ///
    /// - Parameter position: How far the client was told.
    /// - Returns: False where more was told meanwhile: the store has it.
    func goLive(at position: StreamPosition) -> Bool {
        state.withLock { state in
            guard position.sent >= state.lastMissed else { return false }
            state.position = position
            return true
        }
    }

    /// Where it left off when it fell behind.
    var left: StreamPosition? { state.withLock(\.left) }

    /// Writes what is new to the client, if it is live and takes it; on the event loop.
    ///
    /// - Returns: How many frames were written.
    func hear(_ told: [ToldAlert]) -> Int {
        let (texts, hasFallen) = state.withLock { state -> ([ByteBuffer], Bool) in
            guard let last = told.last else { return ([], false) }
            guard var position = state.position else {
                state.lastMissed = max(state.lastMissed, last.sequence)
                return ([], false)
            }
            var texts: [ByteBuffer] = []
            let isWritable = channel.isWritable
            for alert in told where alert.sequence > position.sent {
                var next = position
                guard isWritable, let text = alert.text, next.step(to: alert.sequence) == .send else {
                    state.position = nil
                    state.left = position
                    state.lastMissed = last.sequence
                    return (texts, true)
                }
                position = next
                texts.append(text)
            }
            state.position = position
            return (texts, false)
        }
        for text in texts { channel.write(frames.alert(text), promise: nil) }
        if !texts.isEmpty {
            channel.flush()
            pulse.wrote()
        }
        if hasFallen { fell.yield() }
        return texts.count
    }
}
