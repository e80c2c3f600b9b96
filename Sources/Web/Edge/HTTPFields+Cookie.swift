import HTTPTypes

extension HTTPFields {
    /// The cookie of that name, of all the fields there are (RFC 6265, section 4.2); none where it comes twice.
    func cookie(_ name: String) -> String? {
        let values = self[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair -> String? in
            let halves = pair.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, halves[0].trimmed == name else { return nil }
            return String(halves[1].trimmed)
        }
        return values.count == 1 ? values[0] : nil
    }
}
