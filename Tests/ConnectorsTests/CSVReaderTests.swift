import Connectors
import Plant
import TestSupport
import Testing

@Suite struct CSVReaderTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// All rows of a text, each as its fields.
    private func rows(_ text: String) throws -> [[String]] { try rows(Array(text.utf8)) }

    private func rows(_ bytes: [UInt8]) throws -> [[String]] {
        var reader = try CSVReader.over(bytes, name: "body")
        return try rows(&reader)
    }

    private func rows(_ reader: inout CSVReader) throws -> [[String]] {
        var rows: [[String]] = []
        while try reader.next() { rows.append(reader.columns.indices.map { reader.text($0) }) }
        return rows
    }

    private func failure(_ text: String) throws -> FileError { try failure(Array(text.utf8)) }

    private func failure(_ bytes: [UInt8]) throws -> FileError {
        try #require(throws: FileError.self) { try rows(bytes) }
    }

    @Test func `quotes, commas and line ends within quotes belong to the field`() throws {
        #expect(
            try rows("a,b\r\n\"x,\"\"y\"\"\",\"one\r\ntwo\"\r\n,\"\"\r\n")
                == [["x,\"y\"", "one\r\ntwo"], ["", ""]]
        )
    }

    @Test(arguments: ["a,b\n1,2\n3,4", "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "\u{FEFF}a,b\n\n1,2\n\r\n3,4\n\n"])
    func `line ends, a byte order mark and blank lines change nothing`(text: String) throws {
        #expect(try rows(text) == [["1", "2"], ["3", "4"]])
    }

    @Test func `an empty last field is a field`() throws {
        #expect(try rows("a,b\n1,\n,") == [["1", ""], ["", ""]])
    }

    @Test func `a quote within a bare field is a character like any other`() throws {
        #expect(try rows("a,b\npipe 5\",x\n") == [["pipe 5\"", "x"]])
    }

    @Test func `blanks around the header's names are not part of them`() throws {
        let reader = try CSVReader.over(Array("time , hz1 pv\n".utf8), name: "body")
        #expect(reader.columns == ["time", "hz1 pv"])
    }

    @Test func `a row of the wrong width is placed and counted`() throws {
        let short = try failure("a,b,c\n1,2,3\n\n4,5\n")
        #expect(short.code == .fieldCount)
        #expect("\(short)".hasPrefix("body:4:4: 3 fields are expected, as in the header, but the row has 2"))
        let long = try failure("a,b\n\"x\ny\",1\n1,ä,3,4\n")
        #expect("\(long)".hasPrefix("body:4:5: 2 fields are expected, as in the header, but the row has 4"))
    }

    @Test func `an open quote is reported where it opens`() throws {
        let error = try failure("a,b\n1,2\n3,\"never closed\n5,6\n7,8\n")
        #expect(error.code == .unterminatedQuote)
        #expect((error.line, error.column) == (3, 3))
    }

    @Test func `text behind a closing quote is refused`() throws {
        let error = try failure("a,b\n\"1\"x,2\n")
        #expect(error.code == .strayQuote)
        #expect((error.line, error.column) == (2, 4))
    }

    @Test func `bytes that are not UTF-8 are placed`() throws {
        let error = try failure(Array("a,b\n1,2\n\"x\ny\",caf".utf8) + [0xE9] + Array("\n".utf8))
        #expect(error.code == .invalidUTF8)
        #expect((error.line, error.column) == (4, 4))
        #expect(try failure([0xFF, 0xFE, 0x61, 0x00]).message.contains("UTF-16"))
    }

    @Test(arguments: ["", "\n", "\u{FEFF}", "\r\n\r\n"])
    func `a file without a header is empty`(text: String) throws {
        #expect(try failure(text).code == .empty)
    }

    @Test func `a header alone has no rows`() throws { #expect(try rows("a,b").isEmpty) }

    @Test func `a missing file and a folder are told apart`() throws {
        let missing = try #require(throws: FileError.self) { _ = try CSVReader.open(path: folder.path("none.csv")) }
        #expect(missing.code == .notFound)
        let isFolder = try #require(throws: FileError.self) { _ = try CSVReader.open(path: folder.path) }
        #expect(isFolder.code == .unreadable)
    }

    /// Rows long and many enough to straddle the reader's chunks in every way.
    private func longRows() -> [[String]] {
        (0..<1_500).map { row in
            let note = String(repeating: "\"line\", and\r\n", count: row % 37)
            return ["\(row)", note, row % 3 == 0 ? "" : "\(Double(row) / 7)", String(repeating: "ü", count: row % 211)]
        }
    }

    @Test(arguments: ["long.csv", "long.csv.gz"])
    func `rows that straddle chunks are whole, packed or not`(name: String) throws {
        let expected = longRows()
        var writer = try CSVWriter.create(path: folder.path(name), columns: ["n", "note", "value", "umlauts"])
        for row in expected {
            for field in row { writer.append(field) }
            try writer.endRow()
        }
        try writer.finish()
        var reader = try CSVReader.open(path: folder.path(name))
        #expect(try rows(&reader) == expected)
        #expect(reader.progress.read == reader.progress.total)
        #expect(reader.progress.total > 0)
    }

    @Test func `a row longer than two chunks is read`() throws {
        let long = String(repeating: "x", count: 1_500_000)
        let path = try folder.write("a,b\n1,\"\(long)\"\n2,y\n", to: "wide.csv")
        var reader = try CSVReader.open(path: path)
        #expect(try rows(&reader) == [["1", long], ["2", "y"]])
    }

    @Test func `a packed file cut short or not packed at all is refused`() throws {
        var writer = try CSVWriter.create(path: folder.path("whole.csv.gz"), columns: ["a"])
        for row in 0..<20_000 {
            writer.append("\(row &* 2_654_435_761 % 1_000_003)")
            try writer.endRow()
        }
        try writer.finish()
        let whole = try folder.bytes("whole.csv.gz")
        for share in [3, 10, 90] {
            let path = try folder.write(whole.prefix(whole.count * share / 100), to: "cut.csv.gz")
            let error = try #require(throws: FileError.self) {
                var reader = try CSVReader.open(path: path)
                while try reader.next() {}
            }
            #expect(error.code == .truncated)
        }
        let plain = try folder.write("a,b\n1,2\n", to: "plain.csv.gz")
        let error = try #require(throws: FileError.self) { _ = try CSVReader.open(path: plain) }
        #expect(error.code == .notGzip)
        let nothing = try folder.write("", to: "nothing.csv.gz")
        let empty = try #require(throws: FileError.self) { _ = try CSVReader.open(path: nothing) }
        #expect(empty.code == .empty)
    }

    @Test func `plain decimals are read to the very double, and all else stays text`() throws {
        let texts = [
            "0", "-0", "1", "850.2", "-12.5e-3", "+7", "9007199254740993", "0.1041478587821671", "1e22", "1e23",
            "1e-22",
            "123456789012345678", "0.30000000000000004", "4.9e-324", "1.7976931348623157e308", "2.5E+2", "00012.50",
        ]
        for text in texts {
            var reader = try CSVReader.over(Array("a,b\n\(text),x\n".utf8), name: "body")
            _ = try reader.next()
            #expect(reader.value(0).number.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
        for text in ["", "abc", "1,5", "1e", "--1", ".", "1.2.3", "1 2", "NaN", "inf", "1_000"] {
            var reader = try CSVReader.over(Array("a,b\n\"\(text)\",x\n".utf8), name: "body")
            _ = try reader.next()
            #expect(reader.value(0).number.isNaN, "\(text)")
        }
    }
}
