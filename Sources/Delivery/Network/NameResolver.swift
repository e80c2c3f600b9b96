import Alarms
import Glibc
import NIOCore
import Serving
import Synchronization

/// Asks the system for the addresses of a name, off the cooperative threads: a name server may take long to answer.
package final class NameResolver: Sendable {
    /// All addresses of a name, in the system's order of preference; empty where there is none.
    package typealias Lookup = @Sendable (String) throws -> [NetworkAddress]

    /// Of one organization at a time: its slow names can't keep all threads from the others.
    static let lookupCountMax = 3

    private let work: BlockingWork
    private let lookup: Lookup
    private let running = Mutex<[String: Int]>([:])

    package init(threadCountMax: Int = 12, lookup: @escaping Lookup = NameResolver.systemLookup) {
        work = BlockingWork(label: "names", threadCountMax: threadCountMax)
        self.lookup = lookup
    }

    /// - Parameters:
    ///   - host: A name or an address.
    ///   - organization: Whose target it is, by its slug.
    ///   - deadline: When to give up; the system's own search then ends by itself.
    ///   - loop: Where the wait is timed.
    /// - Returns: At least one.
    /// - Throws: ``DeliveryError``, transient.
    func addresses(
        of host: String,
        for organization: String,
        until deadline: Deadline,
        on loop: any EventLoop
    ) async throws(DeliveryError) -> [NetworkAddress] {
        if let address = NetworkAddress(host) { return [address] }
        guard begin(organization) else {
            throw DeliveryError(.unreachable, "other names of the organization are still being looked up")
        }
        let promise = loop.makePromise(of: [NetworkAddress].self)
        // Counted until the system answers, not until somebody gives up waiting for it.
        work.begin { [self] in
            let addresses = Result { try lookup(host) }
            end(organization)
            promise.completeWith(addresses)
        }
        let addresses = try await deadline.value(of: promise)
        guard !addresses.isEmpty else { throw DeliveryError(.unreachable, "\(host) has no address") }
        return addresses
    }

    private func begin(_ organization: String) -> Bool {
        running.withLock { running in
            guard running[organization, default: 0] < Self.lookupCountMax else { return false }
            running[organization, default: 0] += 1
            return true
        }
    }

    private func end(_ organization: String) {
        running.withLock { running in
            let count = running[organization, default: 1] - 1
            running[organization] = count > 0 ? count : nil
        }
    }

    package static let systemLookup: Lookup = { host in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &first)
        guard code == 0 else {
            let isUnknown = code == EAI_NONAME
            throw DeliveryError(.unreachable, "\(host) \(isUnknown ? "is no known name" : "can't be looked up now")")
        }
        defer { freeaddrinfo(first) }
        var addresses: [NetworkAddress] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let address = entry.networkAddress, !addresses.contains(address) else { continue }
            addresses.append(address)
        }
        return addresses
    }
}

extension addrinfo {
    /// Nil for what is no address of IPv4 or IPv6, or one that holds on one of the machine's links alone.
    fileprivate var networkAddress: NetworkAddress? {
        var text = [CChar](repeating: 0, count: 64)
        let length = socklen_t(text.count)
        guard let ai_addr, getnameinfo(ai_addr, ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return NetworkAddress(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
