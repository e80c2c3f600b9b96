import Delivery
import HTTPTypes

/// Who is at the other end, past the proxies that are trusted.
struct ClientAddress: Sendable {
    /// The client's, or where it can't be known the nearest one's that is known.
    let text: String
    /// Whether the client came over TLS, to the server itself or to a proxy that says so.
    let isSecure: Bool

    /// - Parameters:
    ///   - peer: Whoever holds the other end of the connection.
    ///   - forwardedFor: The fields `X-Forwarded-For`, in their order.
    ///   - forwardedProto: What a proxy says that the client spoke.
    ///   - edge: Whose word is taken.
    init(peer: String, forwardedFor: [String], forwardedProto: String?, edge: WebEdge) {
        let isTLS = edge.certificate != nil
        guard let address = NetworkAddress(peer).map(Self.unmapped) else {
            (text, isSecure) = (peer, isTLS)
            return
        }
        guard edge.trusts(address) else {
            (text, isSecure) = (address.description, isTLS)
            return
        }
        // What stands leftmost anybody can have written: the first from the right that is no proxy of ours is it.
        var nearest = address
        let hops = forwardedFor.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: false)
        for hop in hops.reversed() {
            guard let next = Self.address(ofHop: hop.trimmed) else { break }
            nearest = next
            guard edge.trusts(next) else { break }
        }
        text = nearest.description
        isSecure = isTLS || forwardedProto?.split(separator: ",").last?.trimmed.lowercased() == "https"
    }

    init(peer: String, headers: HTTPFields, edge: WebEdge) {
        self.init(
            peer: peer,
            forwardedFor: headers[values: .forwardedFor],
            forwardedProto: headers[.forwardedProto],
            edge: edge
        )
    }

    /// How it is counted where guesses are slowed down: an IPv6 client has at least all of its /64 to guess from.
    var throttleKey: String {
        guard let address = NetworkAddress(text), !address.isIPv4 else { return text }
        let network = NetworkAddress(bytes: Array(address.bytes.prefix(8)) + [UInt8](repeating: 0, count: 8))
        return network.map { "\($0)/64" } ?? text
    }

    /// An address, with a port or without; IPv6 in brackets where there is one.
    private static func address(ofHop hop: Substring) -> NetworkAddress? {
        let bare: Substring
        if hop.first == "[", let end = hop.firstIndex(of: "]") {
            bare = hop[..<end].dropFirst()
        } else if hop.filter({ $0 == ":" }).count == 1 {
            bare = hop.prefix { $0 != ":" }
        } else {
            bare = hop
        }
        return NetworkAddress(String(bare)).map(unmapped)
    }

    /// An IPv4 address as such, also where a socket for both shows it as `::ffff:192.0.2.1` (RFC 4291, 2.5.5.2).
    private static func unmapped(_ address: NetworkAddress) -> NetworkAddress {
        guard !address.isIPv4, address.bytes.prefix(10).allSatisfy({ $0 == 0 }),
            address.bytes[10] == 0xFF, address.bytes[11] == 0xFF
        else { return address }
        return NetworkAddress(bytes: Array(address.bytes.suffix(4))) ?? address
    }
}

extension WebEdge {
    func trusts(_ address: NetworkAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }
}

extension HTTPField.Name {
    static let forwardedFor = known("X-Forwarded-For")
    static let forwardedProto = known("X-Forwarded-Proto")
}
