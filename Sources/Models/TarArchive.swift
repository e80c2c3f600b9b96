import FoundationEssentials

/// A POSIX ustar archive in memory: names and bytes, and nothing that differs from one machine to another.
package struct TarArchive: Sendable {
    package enum Failure: Error, Hashable, Sendable {
        case truncated, badChecksum, badName
    }

    package private(set) var entries: [(name: String, bytes: [UInt8])] = []

    package init() {}

    /// - Throws: ``Failure`` where the bytes are not a whole archive.
    package init(_ archive: [UInt8]) throws(Failure) {
        var offset = 0
        while offset + 512 <= archive.count {
            let header = archive[offset..<offset + 512]
            if header.allSatisfy({ $0 == 0 }) { return }
            guard let stated = Self.octal(header.dropFirst(148).prefix(8)), stated == Self.checksum(of: header) else {
                throw .badChecksum
            }
            guard let size = Self.octal(header.dropFirst(124).prefix(12)) else { throw .badChecksum }
            let name = String(validating: header.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
            guard let name, !name.isEmpty else { throw .badName }
            let start = offset + 512
            guard size <= archive.count - start else { throw .truncated }
            entries.append((name, Array(archive[start..<start + size])))
            offset = start + (size + 511) / 512 * 512
        }
        throw .truncated
    }

    /// Adds a file; its name is 1 to 100 bytes of ASCII.
    package mutating func append(_ name: String, _ bytes: [UInt8]) {
        precondition((1...100).contains(name.utf8.count))
        entries.append((name, bytes))
    }

    package subscript(name: String) -> [UInt8]? { entries.first { $0.name == name }?.bytes }

    package var bytes: [UInt8] {
        var archive: [UInt8] = []
        for (name, bytes) in entries {
            archive += Self.header(name: name, size: bytes.count)
            archive += bytes
            archive += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1_024)
    }

    /// IEEE Std 1003.1, pax, "ustar Interchange Format".
    private static func header(name: String, size: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func write(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        write(name, at: 0)
        write("0000644", at: 100)
        write("0000000", at: 108)
        write("0000000", at: 116)
        write(octal(size, width: 11), at: 124)
        write(octal(0, width: 11), at: 136)
        write("0", at: 156)
        write("ustar", at: 257)
        write("00", at: 263)
        write(octal(checksum(of: header[...]), width: 6), at: 148)
        header[155] = 32
        return header
    }

    private static func checksum(of header: ArraySlice<UInt8>) -> Int {
        header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.prefix { $0 != 0 && $0 != 32 }
        // `Int` would read a sign as well, and a size below zero.
        guard digits.allSatisfy({ (48...55).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
