import Foundation
import Models
import TestSupport
import Testing

@Suite struct TarArchiveTests {
    private func archive(_ sizes: [Int]) -> TarArchive {
        var generator = SeededGenerator(seed: 21)
        var archive = TarArchive()
        for (index, size) in sizes.enumerated() {
            archive.append("part-\(index).bin", (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        return archive
    }

    @Test func `what is written is read, whatever its length`() throws {
        let archive = archive([0, 1, 511, 512, 513, 4_096, 70_000])
        let read = try TarArchive(archive.bytes)
        #expect(read.entries.map(\.name) == archive.entries.map(\.name))
        #expect(read.entries.map(\.bytes) == archive.entries.map(\.bytes))
        #expect(read["part-2.bin"] == archive.entries[2].bytes)
        #expect(read["part-9.bin"] == nil)
        #expect(try TarArchive(TarArchive().bytes).entries.isEmpty)
    }

    private static let tar = ["/usr/bin/tar", "/bin/tar"].first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(.enabled(if: tar != nil))
    func `tar lists and unpacks it`() throws {
        let archive = archive([0, 700, 512])
        let folder = try TemporaryDirectory()
        let path = try folder.write(archive.bytes, to: "small.tar")
        #expect(try run(["tf", path]) == "part-0.bin\npart-1.bin\npart-2.bin\n")
        #expect(try run(["xf", path, "-C", folder.path]) == "")
        for (name, bytes) in archive.entries { #expect(try folder.bytes(name) == bytes) }
    }

    @Test(.enabled(if: tar != nil))
    func `it reads what tar packs`() throws {
        let folder = try TemporaryDirectory()
        _ = try folder.write("heat", to: "a.txt")
        #expect(try run(["cf", folder.path("packed.tar"), "--format=ustar", "-C", folder.path, "a.txt"]) == "")
        #expect(try TarArchive(folder.bytes("packed.tar"))["a.txt"] == Array("heat".utf8))
    }

    private func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.tar))
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text
    }

    /// A header with another size and its checksum set right again: whoever tampers can do so too.
    private func archive(statingSize size: String) -> [UInt8] {
        var bytes = archive([100]).bytes
        bytes.replaceSubrange(124..<136, with: Array(size.utf8))
        bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 32, count: 8))
        let sum = bytes.prefix(512).reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        let field = String(repeating: "0", count: 6 - digits.count) + digits
        bytes.replaceSubrange(148..<154, with: Array(field.utf8))
        bytes[154] = 0
        return bytes
    }

    @Test(arguments: [
        ("-00000000001", TarArchive.Failure.badChecksum), ("+00000000144", .badChecksum), ("00000000999", .badChecksum),
        ("            ", .badChecksum), ("77777777777 ", .truncated), ("777777777777", .truncated),
    ])
    func `a size that can't be is refused`(size: String, failure: TarArchive.Failure) {
        let padded = size + String(repeating: " ", count: 12 - size.utf8.count)
        #expect(throws: failure) { try TarArchive(archive(statingSize: padded)) }
    }

    @Test func `an archive without its end is truncated, one with a flipped bit in a header broken`() {
        let bytes = archive([600]).bytes
        #expect(throws: TarArchive.Failure.truncated) { try TarArchive(Array(bytes.dropLast(1_024))) }
        #expect(throws: TarArchive.Failure.truncated) { try TarArchive(Array(bytes.prefix(700))) }
        #expect(throws: TarArchive.Failure.truncated) { try TarArchive([]) }
        var flipped = bytes
        flipped[3] ^= 4
        #expect(throws: TarArchive.Failure.badChecksum) { try TarArchive(flipped) }
    }
}
