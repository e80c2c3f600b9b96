/// What no text of the house may hold, and how long a source may be.
enum Tree {
    static let lineCountMax = 350

    static func overlong(_ file: SourceFile) -> [Violation] {
        let lineCount = file.text.utf8.count { $0 == UInt8(ascii: "\n") }
        guard !file.isGenerated, lineCount > lineCountMax else { return [] }
        return [file.violation(at: lineCountMax, "\(lineCount) lines: at most \(lineCountMax), one concept each")]
    }

    /// Written in parts, so that this file doesn't hold them.
    private static let hosts = [
        ["pypi", "org"], ["pythonhosted", "org"], ["registry", "npmjs"], ["crates", "io"], ["proxy", "golang"],
        ["repo1", "maven"], ["deb", "debian"], ["docker", "io"], ["ghcr", "io"],
    ].map { $0.joined(separator: ".") }

    private static let folders = ["work", "root", "Users"].map { "/\($0)/" }

    /// Hosts of registries, which are the machine's own setting, and places that only one machine has.
    static func strangers(in file: SourceFile) -> [Violation] {
        // Most files hold none: only the others are read line by line.
        let hosts = Self.hosts.filter { file.text.contains($0) }
        let folders = Self.folders.filter { file.text.contains($0) }
        guard !hosts.isEmpty || !folders.isEmpty else { return [] }
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.flatMap { index in
            let named = hosts.filter { lines[index].contains($0) }.map { "names the registry host \($0)" }
            let rooted = folders.filter { isRooted($0, in: lines[index]) }.map { "names a place of one machine: \($0)" }
            return (named + rooted).map { file.violation(at: index + 1, $0) }
        }
    }

    /// Whether the folder stands at the start of a path, not within one.
    private static func isRooted(_ folder: String, in line: Substring) -> Bool {
        line.ranges(of: folder).contains { range in
            guard range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !before.isLetter && !before.isNumber && !"._-/})*".contains(before)
        }
    }
}
