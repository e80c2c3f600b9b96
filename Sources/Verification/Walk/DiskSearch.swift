import Foundation

/// Which file a log is, and how long: what was in it before is not to be searched, and what replaced it is another.
struct LogPosition: Hashable, Sendable {
    let byteCount: UInt64
    private let device: UInt64
    private let number: UInt64

    /// Nil where there is no such file, or it can't be read.
    init?(_ path: String) {
        guard FileManager.default.isReadableFile(atPath: path),
            let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let size = attributes[.size] as? NSNumber, let number = attributes[.systemFileNumber] as? NSNumber
        else { return nil }
        byteCount = size.uint64Value
        device = (attributes[.systemNumber] as? NSNumber)?.uint64Value ?? 0
        self.number = number.uint64Value
    }

    /// Whether it is the same file, with nothing taken away.
    func isLater(than start: LogPosition) -> Bool {
        device == start.device && number == start.number && byteCount >= start.byteCount
    }
}

/// Looks through files for what must not be in them.
enum DiskSearch {
    private static let chunkByteCount = 1 << 20
    /// Longer than whatever is looked for, however it is written.
    private static let overlapByteCount = 8_192

    /// All files below a folder, by path, links left out; and what in it can't be looked into.
    static func files(below folder: String) throws -> (files: [String], closed: [String]) {
        guard let walker = FileManager.default.enumerator(atPath: folder) else {
            throw VerificationError(.unreadable, "\(folder) can't be read: give the server's data directory")
        }
        var (files, closed): ([String], [String]) = ([], [])
        for case let name as String in walker {
            let path = "\(folder)/\(name)"
            let kind = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
            if kind == .typeRegular { files.append(name) }
            // What may not be entered the walker passes over.
            let mayEnter =
                FileManager.default.isReadableFile(atPath: path)
                && FileManager.default.isExecutableFile(atPath: path)
            if kind == .typeDirectory, !mayEnter, FileManager.default.fileExists(atPath: path) { closed.append(name) }
        }
        return (files.sorted(), closed.sorted())
    }

    /// Each marker that a file holds, from a byte on.
    ///
    /// - Throws: An I/O error for a file that can't be read.
    static func matches(in path: String, from offset: UInt64 = 0, _ search: MarkerSearch) throws -> [MarkerMatch] {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        try file.seek(toOffset: offset)
        var found: [MarkerMatch] = []
        var rest = Data()
        while let chunk = try file.read(upToCount: chunkByteCount), !chunk.isEmpty {
            rest.append(chunk)
            for match in search.matches(in: rest) where !found.contains(match) { found.append(match) }
            rest = Data(rest.suffix(overlapByteCount))
        }
        return found
    }
}

extension IsolationWalk {
    /// Has the server log something where it has not yet: a log that gains nothing then is another's.
    ///
    /// A refresh token that comes twice is worth a line to it, and ends a session that was begun for this.
    func stirLog() async throws {
        guard let log = options.log, let logStart, let mine, LogPosition(log) == logStart else { return }
        show("having the server log something", 0.96)
        let session: Session
        do { session = try await login(mine.canary.operatorEmail, mine.canary.password) } catch is VerificationError {
            return
        }
        for _ in 0..<2 {
            _ = try await ask(
                APIRequest("POST", "/api/v1/auth/refresh").with(json: ["refreshToken": .text(session.refresh)])
            )
        }
        for _ in 0..<Self.logLookCount where LogPosition(log) == logStart {
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static let logLookCount = 100

    /// Looks through the server's files and its log, as far as this machine has them.
    func search() async throws {
        guard let mine, let theirs else { return }
        if let folder = options.dataDirectory {
            show("looking through files", 0.97)
            let (names, closed) = try DiskSearch.files(below: folder)
            for name in names { try judge(file: name, in: folder, mine, theirs) }
            report.searched.append("\(names.count) files of the data directory")
            report.unsearched += closed.map { "the folder \($0) may not be entered" }
            if !names.contains("eagle.sqlite") {
                report.unsearched.append("\(folder) has no eagle.sqlite: it is not the server's data directory")
            }
        }
        if let log = options.log {
            show("looking through the log", 0.98)
            judge(log: log, mine, theirs)
        }
    }

    /// What the log gained since the walk began holds no text and no secret of an organization.
    private func judge(log: String, _ mine: Party, _ theirs: Party) {
        let search = MarkerSearch(
            [mine, theirs].flatMap { party in
                [Marker(.text, party.canary.secret), Marker(.reading, party.canary.readingText)]
                    + party.secrets.map { Marker(.credential, $0) }
            }
        )
        guard let start = logStart, let end = LogPosition(log) else {
            return report.unsearched.append("\(log) can't be read: give the file that the server writes")
        }
        let isSame = end.isLater(than: start)
        let offset = isSame ? start.byteCount : 0
        do {
            report.findings += try DiskSearch.matches(in: log, from: offset, search).map { match in
                Finding(
                    .exposed,
                    at: "the server's log",
                    expected: "no stored text and no secret of an organization",
                    found: "\(match.marker.kind.rawValue), \(match.form.rawValue)"
                )
            }
        } catch {
            return report.unsearched.append("\(log) can't be read: \(error.localizedDescription)")
        }
        report.searched.append("\(end.byteCount - offset) bytes of the log")
        if !isSame {
            report.unsearched.append(
                "\(log) was replaced or cut off meanwhile: what stood in it before is not to be had. Keep it from "
                    + "being rotated, and run it again"
            )
        } else if end.byteCount == start.byteCount {
            report.unsearched.append("\(log) gained nothing meanwhile: give the file that the server writes")
        }
    }

    /// No file holds a secret that can be read; a file in an organization's own folder holds nothing of another's.
    private func judge(file name: String, in folder: String, _ mine: Party, _ theirs: Party) throws {
        let path = "\(folder)/\(name)"
        let secrets = MarkerSearch((mine.secrets + theirs.secrets).map { Marker(.credential, $0) })
        var found: [(MarkerMatch, String)] = []
        do {
            found = try DiskSearch.matches(in: path, secrets).map { ($0, "no password, key or token that can be read") }
            let parts = Set(name.split(separator: "/").map(String.init))
            for (owner, other) in [(mine, theirs), (theirs, mine)]
            where parts.contains(owner.organization) || parts.contains(owner.canary.slug) {
                let search = MarkerSearch(other.canary, ids: other.inventory.ids.subtracting(owner.inventory.ids))
                found += try DiskSearch.matches(in: path, search).map {
                    ($0, "nothing of organization \(other.canary.side.rawValue)")
                }
            }
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            // A file that the server has taken away meanwhile holds nothing any more.
            return
        } catch {
            report.unsearched.append("the file \(name) can't be read: \(error.localizedDescription)")
            return
        }
        report.findings += found.map { match, expected in
            let found = "\(match.marker.kind.rawValue), \(match.form.rawValue)"
            return Finding(.exposed, at: "the file \(name)", expected: expected, found: found)
        }
    }
}

extension Party {
    /// What only its people know.
    fileprivate var secrets: [String] {
        let sessions = [admin, self.operator].compactMap(\.self)
        return [canary.password] + credentials + sessions.flatMap { [$0.access, $0.refresh] }.filter { !$0.isEmpty }
            + [apiKey].compactMap(\.self)
    }
}
