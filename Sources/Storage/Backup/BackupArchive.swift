import Foundation
import Plant
import Trust

/// A backup's file, read part by part.
package final class BackupArchive {
    package let header: BackupHeader
    private let encodedHeader: [UInt8]
    private let handle: FileHandle
    private var rest: Int
    private var number: UInt64 = 0
    private var isOver = false

    /// - Throws: ``BackupError`` with `.file` where it can't be read, `.unreadable` where it is no backup.
    package init(_ path: String) throws(BackupError) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BackupError(.file, "\(path) can't be read: check the path")
        }
        self.handle = handle
        do {
            rest = Int(try handle.seekToEnd())
            try handle.seek(toOffset: 0)
        } catch {
            throw BackupError(.file, "\(path) can't be read", cause: error)
        }
        let prefix = BackupMaker.magic.count + 4
        let start = rest >= prefix ? try Self.read(prefix, from: handle) : []
        guard start.starts(with: BackupMaker.magic) else {
            throw BackupError(.unreadable, "\(path) is no backup of eagle's")
        }
        let count = start.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        rest -= prefix
        guard count <= BackupHeader.byteCountMax else {
            throw BackupError(.unreadable, "its header can't be read: it is damaged, or no backup")
        }
        guard count <= rest else { throw BackupError(.truncated, "it ends within its header: it was cut off") }
        encodedHeader = try Self.read(count, from: handle)
        rest -= count
        header = try BackupHeader(decoding: encodedHeader)
    }

    /// The next part's records, once its seal was found whole; nil behind the last.
    ///
    /// - Throws: ``BackupError``, `DatabaseError` of the keyring.
    func next(_ keyring: Keyring, in scope: OrganizationScope) async throws -> [UInt8]? {
        if number == 0 {
            let repeated = try await open(keyring, in: scope)
            guard repeated == encodedHeader else {
                throw BackupError(.tampered, "its header is not the one it was made with: it was changed")
            }
        }
        return isOver ? nil : try await open(keyring, in: scope)
    }

    private func open(_ keyring: Keyring, in scope: OrganizationScope) async throws -> [UInt8] {
        guard rest >= BackupFrame.byteCount else { throw cutOff }
        let bytes = try Self.read(BackupFrame.byteCount, from: handle)
        rest -= bytes.count
        let frame = try BackupFrame(bytes, of: header.id, expected: number)
        guard frame.sealedByteCount <= rest else { throw cutOff }
        let sealed = try Self.read(frame.sealedByteCount, from: handle)
        rest -= sealed.count
        if frame.isLast {
            guard rest == 0 else {
                throw BackupError(.rearranged, "something stands behind part \(number), which says to be the last")
            }
            isOver = true
        }
        do {
            let plain = try await keyring.open(sealed, as: .backup, named: frame.subject, in: scope)
            number += 1
            return plain
        } catch let error as KeyError {
            throw BackupError(opening: number, error)
        }
    }

    private var cutOff: BackupError {
        BackupError(.truncated, "it ends at part \(number), which is not its last: it was cut off")
    }

    private static func read(_ count: Int, from handle: FileHandle) throws(BackupError) -> [UInt8] {
        let data: Data?
        do { data = try handle.read(upToCount: count) } catch {
            throw BackupError(.file, "the backup's file can't be read", cause: error)
        }
        guard count == 0 || data?.count == count else {
            throw BackupError(.truncated, "it ends before its end: it was cut off")
        }
        return data.map { [UInt8]($0) } ?? []
    }
}

extension BackupError {
    fileprivate init(opening number: UInt64, _ error: KeyError) {
        switch error.code {
        case .destroyed:
            self.init(
                .destroyed,
                "the organization was erased and its keys were destroyed: nobody can read this backup any more",
                cause: error
            )
        case .unknownKey, .wrongKey, .keyringLost, .masterMissing:
            self.init(
                .keyMissing,
                "the key that it was sealed with is not here: put the keyring and the master key of the server that "
                    + "made it into their places (\(error.message))",
                cause: error
            )
        case _:
            self.init(.tampered, "part \(number) was changed since it was made (\(error.message))", cause: error)
        }
    }
}
