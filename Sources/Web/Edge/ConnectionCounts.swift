import Delivery
import NIOCore
import Synchronization

/// How many connections each address holds, so that none takes all there are.
final class ConnectionCounts: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    private let countMax: Int
    private let edge: WebEdge

    init(countMax: Int, edge: WebEdge) {
        self.countMax = countMax
        self.edge = edge
    }

    /// Counts the connection until it closes.
    ///
    /// - Returns: Whether its address may hold another.
    func admit(_ channel: any Channel) -> Bool {
        let peer = channel.remoteAddress?.ipAddress ?? ""
        let client = ClientAddress(peer: peer, forwardedFor: [], forwardedProto: nil, edge: edge)
        guard let address = NetworkAddress(client.text), !address.isLoopback, !edge.trusts(address) else { return true }
        guard take(client.throttleKey) else { return false }
        channel.closeFuture.whenComplete { _ in self.release(client.throttleKey) }
        return true
    }

    func take(_ key: String) -> Bool {
        counts.withLock { counts in
            guard counts[key, default: 0] < countMax else { return false }
            counts[key, default: 0] += 1
            return true
        }
    }

    func release(_ key: String) {
        counts.withLock { counts in
            let left = counts[key, default: 1] - 1
            counts[key] = left > 0 ? left : nil
        }
    }

    var keyCount: Int { counts.withLock(\.count) }
}
