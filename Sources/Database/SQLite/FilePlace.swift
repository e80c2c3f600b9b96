import Glibc

/// A file in its place: what is written to one that was removed or replaced is kept for nobody.
struct FilePlace: Sendable {
    static let lost = DatabaseError(.unavailable, "the database's file was removed or replaced: put it back")

    private let path: String
    private let device: UInt
    private let number: UInt

    /// Nil where there is no such file.
    init?(_ path: String) {
        guard let (device, number) = Self.identity(path) else { return nil }
        self.path = path
        self.device = device
        self.number = number
    }

    var isKept: Bool {
        guard let (device, number) = Self.identity(path) else { return false }
        return device == self.device && number == self.number
    }

    private static func identity(_ path: String) -> (UInt, UInt)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (UInt(status.st_dev), UInt(status.st_ino))
    }
}
