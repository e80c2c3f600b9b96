import Foundation
import Plant

/// A backup's files on their way to their places: each is there when it is whole and on disk.
final class RestoredFiles {
    private let header: BackupHeader
    private let root: String
    private var current: (index: Int, file: SafeFile, left: Int)?
    private var doneCount = 0
    /// Those that were not there before.
    private var made: [String] = []

    init(_ header: BackupHeader, root: String) {
        self.header = header
        self.root = root
    }

    /// The next bytes of a file.
    func add(_ piece: [UInt8], to index: Int) throws {
        try begin(upTo: index)
        guard let (open, file, left) = current, open == index, piece.count <= left else { throw Self.confused }
        try file.write(piece)
        current = (open, file, left - piece.count)
        if left == piece.count { try finishCurrent() }
    }

    /// - Throws: ``BackupError`` where a file is not whole.
    func finish() throws {
        try begin(upTo: header.files.count)
        guard current == nil, doneCount == header.files.count else { throw Self.confused }
    }

    /// Takes away what was not there before.
    func undo() {
        current = nil
        for path in made { try? FileManager.default.removeItem(atPath: path) }
    }

    private static let confused = BackupError(.unreadable, "its files are not as its header says")

    /// Empty files have no pieces.
    private func begin(upTo index: Int) throws {
        while current == nil, doneCount < min(index + 1, header.files.count) {
            let next = header.files[doneCount]
            let path = root + "/" + next.path
            if !FileManager.default.fileExists(atPath: path) { made.append(path) }
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            current = (doneCount, try SafeFile(path), next.bytes)
            guard next.bytes == 0 else { return }
            try finishCurrent()
        }
    }

    private func finishCurrent() throws {
        try current?.file.finish()
        current = nil
        doneCount += 1
    }
}
