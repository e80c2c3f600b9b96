package import Features
import Foundation
import Glibc

/// Feature rows that may be more than memory holds: beyond a size they lie in a file without a name.
///
/// The file is unlinked as soon as it is made, so that nothing of it is left however the process ends.
package final class RowSpool: Sendable {
    package let columnCount: Int
    package let rowCount: Int
    private let memory: [Float]
    private let file: SpoolFile?

    fileprivate init(columnCount: Int, rowCount: Int, memory: [Float], file: SpoolFile?) {
        self.columnCount = columnCount
        self.rowCount = rowCount
        self.memory = memory
        self.file = file
    }

    /// The values of some rows, in the order in which they are named.
    ///
    /// - Parameter rows: Numbers of rows; those that follow on one another are read at once.
    /// - Returns: `Float32`, row-major, shape `[rows.count, columnCount]`; NaN is missing.
    /// - Throws: ``TrainingError`` with `.storage` where the file can't be read.
    package func values(of rows: some Collection<Int>) throws(TrainingError) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(rows.count * columnCount)
        var start: Int?
        var end = 0
        for row in rows {
            precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
            if start != nil, row == end {
                end += 1
                continue
            }
            if let start { try append(start..<end, to: &values) }
            (start, end) = (row, row + 1)
        }
        if let start { try append(start..<end, to: &values) }
        return values
    }

    private func append(_ rows: Range<Int>, to values: inout [Float]) throws(TrainingError) {
        let elements = rows.lowerBound * columnCount..<rows.upperBound * columnCount
        if let file { try file.read(elements, into: &values) } else { values.append(contentsOf: memory[elements]) }
    }
}

/// Takes in feature rows, one after the other.
package struct RowSpoolWriter {
    /// The rows not written out yet: an engine appends to it.
    package var page: FeatureMatrix
    private let folder: String
    private let byteCountMax: Int
    private var memory: [Float] = []
    private var file: SpoolFile?
    private var rowCount = 0

    private static let pageRowCount = 256

    /// - Parameters:
    ///   - columnCount: At least 1.
    ///   - folder: Where the file is made, if there has to be one.
    ///   - byteCountMax: How much stays in memory.
    package init(columnCount: Int, folder: String = RowSpoolWriter.defaultFolder, byteCountMax: Int = 64 << 20) {
        page = FeatureMatrix(columnCount: columnCount)
        self.folder = folder
        self.byteCountMax = byteCountMax
    }

    /// `TMPDIR`, else where the system keeps large temporary files, which is on disk and not in memory.
    package static var defaultFolder: String { ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp" }

    /// Writes full pages out.
    ///
    /// - Throws: ``TrainingError`` with `.storage` where there is no room.
    package mutating func turn() throws(TrainingError) {
        if page.rowCount >= Self.pageRowCount { try flush() }
    }

    package mutating func finish() throws(TrainingError) -> RowSpool {
        try flush()
        return RowSpool(columnCount: page.columnCount, rowCount: rowCount, memory: memory, file: file)
    }

    private mutating func flush() throws(TrainingError) {
        rowCount += page.rowCount
        if file == nil, (memory.count + page.rowCount * page.columnCount) * 4 > byteCountMax {
            let made = try SpoolFile(folder: folder)
            try memory.withUnsafeBufferPointer { (values) throws(TrainingError) in try made.append(values) }
            memory = []
            file = made
        }
        if let file {
            try page.withUnsafeBufferPointer { (values) throws(TrainingError) in try file.append(values) }
        } else {
            page.withUnsafeBufferPointer { memory.append(contentsOf: $0) }
        }
        page.removeAll()
    }
}

/// A file that has no name any more; closed with its last holder.
private final class SpoolFile: Sendable {
    private let descriptor: CInt
    private let folder: String

    init(folder: String) throws(TrainingError) {
        self.folder = folder
        var template = Array((folder + "/eagle-rows-XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.trouble(in: folder) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)  // No child is to hold it open.
        unlink(template)
    }

    deinit { close(descriptor) }

    func append(_ values: UnsafeBufferPointer<Float>) throws(TrainingError) {
        var rest = UnsafeRawBufferPointer(values)[...]
        while !rest.isEmpty {
            let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            guard written > 0 else { throw Self.trouble(in: folder) }
            rest = rest.dropFirst(written)
        }
    }

    /// Appends values, counted from the file's start.
    func read(_ elements: Range<Int>, into values: inout [Float]) throws(TrainingError) {
        let start = values.count
        values.append(contentsOf: repeatElement(0, count: elements.count))
        let width = MemoryLayout<Float>.size
        let isWhole = values.withUnsafeMutableBytes { bytes in
            var place = start * width
            var offset = elements.lowerBound * width
            while place < bytes.count {
                let count = pread(descriptor, bytes.baseAddress.map { $0 + place }, bytes.count - place, offset)
                guard count > 0 else { return false }
                place += count
                offset += count
            }
            return true
        }
        guard isWhole else { throw Self.trouble(in: folder) }
    }

    private static func trouble(in folder: String) -> TrainingError {
        TrainingError(
            .storage,
            "feature rows can't be kept in \(folder): \(String(cString: strerror(errno))); TMPDIR may name another folder"
        )
    }
}
