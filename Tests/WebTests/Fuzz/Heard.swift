import NIOCore
import Synchronization

/// What came over a connection, however it ended.
final class Heard: Sendable {
    private let state = Mutex<[UInt8]>([])

    func add(_ part: ByteBuffer) { state.withLock { $0.append(contentsOf: part.readableBytesView) } }

    var bytes: [UInt8] { state.withLock { $0 } }
}
