import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

/// Rows and pieces of files come out of a backup's parts as they went in.
@Suite struct BackupRecordTests {
    private func random(using generator: inout SeededGenerator) -> SQLValue {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return .null
        case 1: return .integer(Int64(bitPattern: generator.next() >> UInt64.random(in: 0..<64, using: &generator)))
        case 2:
            let number = Double(bitPattern: generator.next())
            return .real(number.isNaN ? -0.0 : number)
        case 3:
            let letters = Array("aé☃\u{1F600} '\"\\\n")
            let text = String(
                (0..<Int.random(in: 0..<20, using: &generator)).map { _ in
                    letters.randomElement(using: &generator) ?? "a"
                }
            )
            return .text(text)
        case _:
            return .blob(
                Data(
                    (0..<Int.random(in: 0..<300, using: &generator)).map { _ in
                        UInt8.random(in: .min ... .max, using: &generator)
                    }
                )
            )
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `records are read as they were written`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let widths = [3, 1, 7]
        var records: [BackupRecord] = []
        for _ in 0..<500 {
            if Int.random(in: 0..<5, using: &generator) == 0 {
                let piece = (0..<Int.random(in: 0..<200, using: &generator)).map { UInt8($0) }
                records.append(.piece(file: Int.random(in: 0..<300, using: &generator), piece))
            } else {
                let table = Int.random(in: 0..<3, using: &generator)
                records.append(.row(table: table, (0..<widths[table]).map { _ in random(using: &generator) }))
            }
        }
        for number in [Int64.min, -1, 0, 1, .max] { records.append(.row(table: 1, [.integer(number)])) }
        for number in [-0.0, .infinity, -.infinity, .leastNonzeroMagnitude, 0.1] {
            records.append(.row(table: 1, [.real(number)]))
        }
        var bytes: [UInt8] = []
        for record in records { record.encode(into: &bytes) }
        var reader = BackupRecord.Reader(bytes, widths: widths)
        for record in records {
            let read = try #require(try reader.next())
            #expect(read == record)
            if case .row(_, let values) = read, case .real(let number) = values[0],
                case .row(_, let written) = record, case .real(let before) = written[0]
            {
                #expect(number.bitPattern == before.bitPattern)
            }
        }
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `whatever bytes come, it reads records or says that it can't`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
                UInt8.random(in: 0...(Bool.random(using: &generator) ? 5 : 255), using: &generator)
            }
            var reader = BackupRecord.Reader(bytes, widths: [1, 3])
            do { while try reader.next() != nil {} } catch {
                #expect(error.code == .unreadable)
            }
        }
    }
}
