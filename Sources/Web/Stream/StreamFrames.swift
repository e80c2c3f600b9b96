import Alarms
import NIOCore
import NIOWebSocket
import Plant
import Serving
import Storage

/// The frames of a stream: JSON as text, and the control frames of RFC 6455, section 5.5.
struct StreamFrames: Sendable {
    private struct Snapshot: Encodable {
        let type = "snapshot"
        let sequence: Int64
        let now: Instant
        let alarms: [AlarmDocument]
    }

    var ping: WebSocketFrame { WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()) }

    /// Of an alert's JSON, which many share.
    func alert(_ text: ByteBuffer) -> WebSocketFrame { WebSocketFrame(fin: true, opcode: .text, data: text) }

    private struct Training: Encodable {
        let type = "training"
        let run: TrainingRunDocument
    }

    func training(_ log: TrainingLog) throws -> WebSocketFrame { try text(Training(run: TrainingRunDocument(log))) }

    private struct System: Encodable {
        let type = "system"
        let alarm: SystemAlarm
    }

    func system(_ alarm: SystemAlarm) throws -> WebSocketFrame { try text(System(alarm: alarm)) }

    private struct Explained: Encodable {
        let type = "explanation"
        let alarm: ID<Alarm>
        let sequence: Int64
        let sentence: String?
        let at: Instant
    }

    func explanation(_ news: ExplanationNews) throws -> WebSocketFrame {
        try text(
            Explained(alarm: news.alarm, sequence: news.sequence, sentence: news.sentence, at: news.madeAt)
        )
    }

    func snapshot(sequence: Int64, open: [AlarmDocument], at now: Instant) throws -> WebSocketFrame {
        try text(Snapshot(sequence: sequence, now: now, alarms: open))
    }

    /// Says that the stream is alive, and what time it is; browsers don't show pings to their pages.
    func heartbeat(at now: Instant) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: #"{"now":"\#(now)","type":"heartbeat"}"#))
    }

    func pong(_ data: ByteBuffer) -> WebSocketFrame { WebSocketFrame(fin: true, opcode: .pong, data: data) }

    func close(_ ending: StreamEnding) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: ending.code)
        data.writeString(ending.reason)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }

    private func text(_ value: some Encodable) throws -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: try JSONText.encode(value))
    }
}
