import Glibc

/// An address of IPv4 or IPv6.
package struct NetworkAddress: Hashable, Sendable {
    /// In network order: 4 or 16.
    package let bytes: [UInt8]

    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// The usual notations, dotted in four and RFC 4291's; nil for anything else, also for a zone's suffix.
    package init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    package var isIPv4: Bool { bytes.count == 4 }

    /// Whether it is this very machine: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        isIPv4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }
}

extension NetworkAddress: CustomStringConvertible {
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// All addresses that begin with the same bits: `10.0.0.0/8`.
package struct NetworkRange: Hashable, Sendable {
    package let base: NetworkAddress
    package let bitCount: Int

    /// An address, with or without `/` and how many of its bits count; nil for anything else, and where bits beyond
    /// those are set, which is a slip.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = NetworkAddress(String(parts[0])) else { return nil }
        var bitCount = base.bytes.count * 8
        if parts.count == 2 {
            guard let count = Int(parts[1]), (0...bitCount).contains(count) else { return nil }
            bitCount = count
        }
        self.base = base
        self.bitCount = bitCount
        guard base.bytes.indices.allSatisfy({ base.bytes[$0] & ~mask(at: $0) == 0 }) else { return nil }
    }

    package func contains(_ address: NetworkAddress) -> Bool {
        address.bytes.count == base.bytes.count
            && base.bytes.indices.allSatisfy { address.bytes[$0] & mask(at: $0) == base.bytes[$0] }
    }

    private func mask(at index: Int) -> UInt8 {
        let bits = min(max(bitCount - index * 8, 0), 8)
        return bits == 0 ? 0 : .max << (8 - bits)
    }
}
