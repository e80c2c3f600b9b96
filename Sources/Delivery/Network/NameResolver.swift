import Alarms
import Glibc
import NIOCore
import Serving
import Synchronization

/// Asks the system for the addresses of a name, off the cooperative threads: a name server may take long to answer.
package final class NameResolver: Sendable {
    /// All addresses of a name, in the system's order of preference; empty where there is none.
    package typealias Lookup = @Sendable (String) throws -> [NetworkAddress]
    private typealias Queue = LookupQueue<EventLoopPromise<[NetworkAddress]>>

    let lookup: Lookup
    private let work: BlockingWork
    private let queue: Mutex<Queue>

    package init(threadCountMax: Int = 12, lookup: @escaping Lookup = NameResolver.systemLookup) {
        work = BlockingWork(label: "names", threadCountMax: threadCountMax)
        queue = Mutex(Queue(runningCountMax: threadCountMax))
        self.lookup = lookup
    }

    /// - Parameters:
    ///   - host: A name or an address.
    ///   - organization: Whose target it is, by its slug.
    ///   - deadline: When to give up; the system's own search then ends by itself.
    ///   - loop: Where the wait is timed.
    /// - Returns: None where there is no such name.
    /// - Throws: ``DeliveryError``, transient.
    func addresses(
        of host: String,
        for organization: String,
        until deadline: Deadline,
        on loop: any EventLoop
    ) async throws(DeliveryError) -> [NetworkAddress] {
        if let address = NetworkAddress(host) { return [address] }
        let promise = loop.makePromise(of: [NetworkAddress].self)
        let name = Queue.Name(organization: organization, host: host)
        let (ticket, toBegin) = queue.withLock { $0.join(promise, for: name) }
        begin(toBegin)
        do throws(DeliveryError) {
            return try await deadline.value(of: promise)
        } catch {
            queue.withLock { $0.leave(ticket) }
            guard error.code == .timedOut else { throw error }
            throw DeliveryError(.timedOut, "\(deadline.host) could not be looked up in time")
        }
    }

    private func begin(_ names: [Queue.Name]) {
        for name in names {
            // Counted until the system answers, not until everybody has given up waiting for it.
            work.begin { [self] in
                let addresses = Result { try lookup(name.host) }
                let (waiters, toBegin) = queue.withLock { $0.ended(name) }
                for waiter in waiters { waiter.completeWith(addresses) }
                begin(toBegin)
            }
        }
    }

    package static let systemLookup: Lookup = { host in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &first)
        if code == EAI_NONAME || code == NameResolver.noAddress { return [] }
        guard code == 0 else {
            let name = host.hasSuffix(".") ? host.dropLast() : host[...]
            throw DeliveryError(.unreachable, "\(name) can't be looked up now")
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

    /// `EAI_NODATA`, which the system's header keeps for itself: the name is there, and has no address.
    private static let noAddress: Int32 = -5
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
