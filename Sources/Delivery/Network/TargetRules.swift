package import Alarms

/// Where messages may go: out to the Internet, and to what the server's operator allows besides.
///
/// An organization's admin chooses the targets, and the server sends from where it stands: without this it would knock
/// at every door of its own network for him (server-side request forgery).
package struct TargetRules: Hashable, Sendable {
    /// Host names, or with a leading `*.` all below a name.
    package var hosts: [String] = []
    package var ranges: [NetworkRange] = []

    package init(hosts: [String] = [], ranges: [NetworkRange] = []) {
        self.hosts = hosts
        self.ranges = ranges
    }

    /// What one list of addresses, networks and names allows; nil where an entry is none of them.
    package init?(_ entries: [String]) {
        for entry in entries {
            let name = entry.hasPrefix("*.") ? entry.dropFirst(2) : entry[...]
            if let range = NetworkRange(entry) {
                ranges.append(range)
            } else if WebAddress.isHostName(name), name.contains(where: \.isLetter) {
                hosts.append(entry.lowercased())
            } else {
                return nil
            }
        }
    }

    package func adding(_ others: TargetRules) -> TargetRules {
        TargetRules(hosts: hosts + others.hosts, ranges: ranges + others.ranges)
    }

    /// Whether the operator trusts the name, wherever it leads.
    func allows(host: String) -> Bool {
        hosts.contains { entry in
            entry.hasPrefix("*.") ? host.hasSuffix(entry.dropFirst()) : entry == host
        }
    }

    func allows(_ address: NetworkAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// What to look up for a target: its name with the root's dot, so that no search list of the server's makes one of
    /// its own networks' names of it; one that the operator lists as it stands.
    ///
    /// - Throws: ``DeliveryError`` with `.refusedTarget` for what is no name of the open Internet, or a number in disguise.
    func nameToLookUp(for target: WebAddress) throws(DeliveryError) -> String {
        if NetworkAddress(target.host) != nil || allows(host: target.host) { return target.host }
        let labels = target.host.split(separator: ".")
        guard labels.count > 1, let last = labels.last, last.first?.isLetter == true, last != "localhost" else {
            throw Self.notOpen(target)
        }
        return target.host + "."
    }

    /// Those of a host's addresses that may be connected to, in their order.
    ///
    /// A name that isn't known is refused in the very words of one that leads inside: nobody learns the names there.
    ///
    /// - Throws: ``DeliveryError`` with `.refusedTarget` where none is left.
    package func admitted(
        _ addresses: [NetworkAddress],
        for target: WebAddress
    ) throws(DeliveryError) -> [NetworkAddress] {
        if allows(host: target.host) { return addresses }
        let allowed = addresses.filter(allows)
        if !allowed.isEmpty { return allowed }
        let open = addresses.filter { !Self.isInternal($0) }
        guard !open.isEmpty else { throw Self.notOpen(target) }
        guard target.scheme == .https else { throw Self.refusal("\(target.host) is to be reached by https only") }
        guard target.port == 443 || target.port >= 1_024 else {
            throw Self.refusal("port \(target.port) of \(target.host) is no port for messages")
        }
        return open
    }

    private static func notOpen(_ target: WebAddress) -> DeliveryError {
        refusal("\(target.host) leads to no address of the open Internet")
    }

    private static func refusal(_ reason: String) -> DeliveryError {
        DeliveryError(.refusedTarget, "\(reason): the server's operator can allow it under delivery.allow")
    }
}

extension TargetRules {
    /// Whether the address is anything but one of the open Internet.
    ///
    /// Of IPv6 only 2000::/3 is given out at all, so that mapped (::ffff:0:0/96), translated (64:ff9b::/96), local and
    /// multicast addresses need no entry. See IANA's special-purpose address registries.
    package static func isInternal(_ address: NetworkAddress) -> Bool {
        let isSpecial = special.contains { $0.contains(address) }
        return address.isIPv4 ? isSpecial : isSpecial || address.bytes[0] & 0xE0 != 0x20
    }

    private static let special = [
        "0.0.0.0/8",  // This network, and unspecified.
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // Private (RFC 1918).
        "100.64.0.0/10",  // Behind a carrier's NAT (RFC 6598); a cloud's metadata, too.
        "127.0.0.0/8",  // Loopback.
        "168.63.129.16/32",  // Azure's own, in the midst of the open ones.
        "169.254.0.0/16",  // Link-local, and the metadata of clouds.
        "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  // Protocols and documentation.
        "192.88.99.0/24",  // 6to4 relays, out of use.
        "198.18.0.0/15",  // Benchmarks.
        "224.0.0.0/4", "240.0.0.0/4",  // Multicast, reserved, broadcast.
        "2001::/23",  // Teredo, ORCHID and other protocols.
        "2001:db8::/32", "3fff::/20",  // Documentation.
        "2002::/16",  // 6to4, with any IPv4 address in it.
    ].compactMap(NetworkRange.init)
}
