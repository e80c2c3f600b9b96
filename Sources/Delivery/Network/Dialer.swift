import Alarms
import NIOCore
import NIOPosix
import NIOSSL

/// Opens connections to the very addresses that were checked, while TLS still proves the name.
///
/// A connection is one message's and ends with it: nothing is pooled, nothing passes from one organization to another.
package struct Dialer: Sendable {
    let timeouts: DeliveryTimeouts
    let group: any EventLoopGroup
    private let tls: NIOSSLContext

    /// - Parameters:
    ///   - timeouts: How long to wait.
    ///   - certificates: A file in PEM of authorities that are trusted beside the system's.
    /// - Throws: `NIOSSLError` or an I/O error for a file that can't be read.
    package init(timeouts: DeliveryTimeouts = DeliveryTimeouts(), certificates: String? = nil) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let certificates { configuration.additionalTrustRoots = [.file(certificates)] }
        tls = try NIOSSLContext(configuration: configuration)
        self.timeouts = timeouts
        group = MultiThreadedEventLoopGroup.singleton
    }

    /// The handler that speaks TLS with a host of that name; for an address the certificate must name the address.
    func tlsHandler(host: String) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: tls, serverHostname: NetworkAddress(host) == nil ? host : nil)
    }

    /// Tries at most four of the addresses, within the connect timeout in all.
    ///
    /// - Parameters:
    ///   - addresses: At least one, and checked.
    ///   - port: The port.
    ///   - deadline: When to give up whatever the connect timeout.
    ///   - prepare: Fills the channel's pipeline.
    /// - Returns: The channel, connected; whoever has it closes it.
    /// - Throws: ``DeliveryError`` with `.unreachable` or `.timedOut`.
    func connect(
        to addresses: [NetworkAddress],
        port: Int,
        until deadline: Deadline,
        prepare: @escaping @Sendable (any Channel) throws -> Void
    ) async throws(DeliveryError) -> any Channel {
        let candidates = Self.candidates(of: addresses)
        let host = deadline.host
        var failure = DeliveryError(.unreachable, "\(host) has no address")
        for address in candidates {
            do {
                return try await ClientBootstrap(group: group)
                    .connectTimeout(min(deadline.left, TimeAmount(timeouts.connect / candidates.count)))
                    .channelOption(.socketOption(.tcp_nodelay), value: 1)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture { try prepare(channel) }
                    }
                    .connect(to: SocketAddress(ipAddress: address.description, port: port))
                    .get()
            } catch let error as ChannelError {
                if case .connectTimeout = error {
                    failure = DeliveryError(.timedOut, "\(host) takes no connection")
                } else {
                    failure = DeliveryError(.unreachable, "\(host) can't be connected to")
                }
            } catch {
                failure = DeliveryError(.unreachable, "\(host) refuses the connection")
            }
        }
        throw failure
    }

    /// The first four, both families in turn, the first one's first: where one family leads nowhere, the other is tried.
    static func candidates(of addresses: [NetworkAddress]) -> [NetworkAddress] {
        let own = addresses.filter { $0.isIPv4 == addresses.first?.isIPv4 }
        let other = addresses.filter { $0.isIPv4 != addresses.first?.isIPv4 }
        let turns = (0..<max(own.count, other.count)).flatMap {
            own.dropFirst($0).prefix(1) + other.dropFirst($0).prefix(1)
        }
        return Array(turns.prefix(4))
    }
}

/// How long a message may take.
package struct DeliveryTimeouts: Hashable, Sendable {
    package var connect = Duration.seconds(5)
    /// From the name's look-up to the receiver's answer.
    package var whole = Duration.seconds(15)
    /// How long the rest of an answer is waited for whose verdict is known.
    package var rest = Duration.seconds(2)

    package init() {}
}
