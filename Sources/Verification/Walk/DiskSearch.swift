import Foundation

/// Looks through files for what must not be in them.
enum DiskSearch {
    private static let chunkByteCount = 1 << 20
    /// Longer than whatever is looked for, however it is written.
    private static let overlapByteCount = 8_192

    static func byteCount(_ path: String) -> UInt64 {
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber
        return size?.uint64Value ?? 0
    }

    /// All files below a folder, by path, links left out.
    static func files(below folder: String) throws -> [String] {
        guard let walker = FileManager.default.enumerator(atPath: folder) else {
            throw VerificationError(.unreadable, "\(folder) can't be read: give the server's data directory")
        }
        return walker.compactMap { $0 as? String }.filter { name in
            let kind = (try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)"))?[.type]
            return kind as? FileAttributeType == .typeRegular
        }.sorted()
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
    /// Looks through the server's files and its log, as far as this machine has them.
    func search() async throws {
        guard let mine, let theirs else { return }
        if let folder = options.dataDirectory {
            show("looking through files", 0.97)
            let names = try DiskSearch.files(below: folder)
            for name in names { try judge(file: name, in: folder, mine, theirs) }
            report.searched.append("\(names.count) files of the data directory")
        }
        if let log = options.log {
            show("looking through the log", 0.98)
            let text = MarkerSearch(
                [mine, theirs].flatMap { party in
                    [Marker(.text, party.canary.secret), Marker(.reading, party.canary.readingText)]
                        + party.secrets.map { Marker(.credential, $0) }
                }
            )
            let matches = try DiskSearch.matches(in: log, from: logOffset, text)
            report.searched.append(
                "\(DiskSearch.byteCount(log) - min(logOffset, DiskSearch.byteCount(log))) bytes of the log"
            )
            for match in matches {
                report.findings.append(
                    Finding(
                        .exposed,
                        at: "the server's log",
                        expected: "no stored text and no secret of an organization",
                        found: "\(match.marker.kind.rawValue), \(match.form.rawValue)"
                    )
                )
            }
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
            report.notExercised.append("the file \(name) can't be read: \(error.localizedDescription)")
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
