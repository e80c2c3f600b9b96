import Features
import Foundation
import TestSupport
import Testing
import Training

@Suite struct RowSpoolTests {
    private func spool(_ rows: [[Float]], byteCountMax: Int, folder: String) throws -> RowSpool {
        var writer = RowSpoolWriter(columnCount: 3, folder: folder, byteCountMax: byteCountMax)
        for row in rows {
            writer.page.append(row)
            try writer.turn()
        }
        return try writer.finish()
    }

    private func rows(_ count: Int) -> [[Float]] {
        (0..<count).map { [Float($0), $0.isMultiple(of: 7) ? .nan : -1, Float($0) / 3] }
    }

    @Test(arguments: [0, 5_000, 1 << 20])
    func `rows come back as they were, from memory and from the file`(byteCountMax: Int) throws {
        let folder = try TemporaryDirectory()
        let rows = rows(1_500)
        let spool = try spool(rows, byteCountMax: byteCountMax, folder: folder.path)
        #expect(spool.rowCount == 1_500)
        for wanted in [[0], [1_499], [3, 4, 5, 900, 901, 2], Array(0..<1_500), []] {
            let values = try spool.values(of: wanted)
            #expect(values.map(\.bitPattern) == wanted.flatMap { rows[$0] }.map(\.bitPattern))
        }
    }

    @Test func `the file has no name, so nothing is left of it`() throws {
        let folder = try TemporaryDirectory()
        let spool = try spool(rows(1_500), byteCountMax: 0, folder: folder.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        #expect(try spool.values(of: [1_000]) == rows(1_001)[1_000])
    }

    @Test func `a folder that takes no file is named`() throws {
        let error = #expect(throws: TrainingError.self) {
            try spool(rows(600), byteCountMax: 0, folder: "/nowhere/at all")
        }
        #expect(error?.code == .storage)
        #expect(error?.message.contains("/nowhere/at all") ?? false)
    }
}
