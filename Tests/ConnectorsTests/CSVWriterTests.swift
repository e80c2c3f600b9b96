import Connectors
import FoundationEssentials
import TestSupport
import Testing

@Suite struct CSVWriterTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func `numbers are as short as they can be, and NaN is nothing`() throws {
        let path = folder.path("features.csv")
        var writer = try CSVWriter.create(path: path, columns: ["asset", "x, \"y\"", "z"])
        writer.append("a\nb")
        writer.append(Float(0.1))
        writer.append(Double.nan)
        try writer.endRow()
        writer.append("")
        writer.append(0.1 + 0.2)
        writer.append(850.0)
        try writer.endRow()
        writer.append(Double?.none)
        writer.append(Float(-0.0))
        writer.append(1e-20)
        try writer.endRow()
        try writer.finish()
        let text = String(decoding: try folder.bytes("features.csv"), as: UTF8.self)
        #expect(text == "asset,\"x, \"\"y\"\"\",z\n\"a\nb\",0.1,\n,0.30000000000000004,850\n,-0,1e-20\n")
    }

    @Test func `floats read back to the same bits`() throws {
        var generator = SeededGenerator(seed: 1)
        let floats = (0..<2_000).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator)) }
            .filter(\.isFinite)
        var writer = try CSVWriter.create(path: folder.path("floats.csv.gz"), columns: ["x", "y"])
        for float in floats {
            writer.append(float)
            writer.append("")
            try writer.endRow()
        }
        try writer.finish()
        var reader = try CSVReader.open(path: folder.path("floats.csv.gz"))
        for float in floats {
            #expect(try reader.next())
            #expect(Float(reader.text(0))?.bitPattern == float.bitPattern)
        }
    }

    @Test func `a writer that is dropped leaves nothing, and the file before it stands`() throws {
        let path = try folder.write("old\n", to: "features.csv")
        do {
            var writer = try CSVWriter.create(path: path, columns: ["a"])
            writer.append("new")
            try writer.endRow()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["features.csv"])
        #expect(String(decoding: try folder.bytes("features.csv"), as: UTF8.self) == "old\n")
    }

    @Test func `a folder that is not there is an error that names the file`() throws {
        let path = folder.path("none/features.csv")
        let error = try #require(throws: FileError.self) { _ = try CSVWriter.create(path: path, columns: ["a"]) }
        #expect(error.code == .notWritable)
        #expect(error.path.hasPrefix(path))
    }
}
