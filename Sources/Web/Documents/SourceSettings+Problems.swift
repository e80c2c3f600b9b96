import Serving

/// What a tenant may set his source to.
extension SourceSettings {
    /// What is wrong with it.
    ///
    /// - Parameters:
    ///   - folders: Below which the organization's files may lie, and nobody else's.
    ///   - isAnywhereAllowed: Of those who run the server.
    /// - Returns: Nil for a good one.
    func problem(folders: [String], isAnywhereAllowed: Bool) -> Problem? {
        if let seconds = overlapSeconds, !(0...86_400).contains(seconds) {
            return .invalid("overlapSeconds", "must be from 0 to 86400")
        }
        if let seconds = pollEverySeconds, !(1...86_400).contains(seconds) {
            return .invalid("pollEverySeconds", "must be from 1 to 86400")
        }
        switch kind {
        case .push:
            guard path == nil, table == nil, orderColumn == nil else {
                return .invalid("kind", "is push, which takes no path, table or orderColumn")
            }
            return nil
        case .sqlite:
            guard let table, !table.isEmpty else { return .invalid("table", "is missing: which table holds the rows?") }
            return pathProblem(folders, isAnywhereAllowed)
        case .csv:
            guard table == nil, orderColumn == nil else { return .invalid("table", "has no meaning for a csv source") }
            return pathProblem(folders, isAnywhereAllowed)
        }
    }

    private func pathProblem(_ folders: [String], _ isAnywhereAllowed: Bool) -> Problem? {
        guard let path, path.hasPrefix("/") else {
            return .invalid("path", "must be the file's full path on the server")
        }
        guard !path.split(separator: "/").contains(".."), !path.utf8.contains(0) else {
            return .invalid("path", "must not contain '..'")
        }
        let isAllowed = folders.map(SourceSettings.resolved).contains { folder in
            path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
        }
        if isAnywhereAllowed || isAllowed { return nil }
        let allowed = folders.isEmpty ? "names no folder for them" : "allows \(folders.joined(separator: ", "))"
        return .invalid(
            "path",
            "must lie in a folder that the server's operator allows for sources; the server \(allowed)"
        )
    }

    /// Whether a cursor of the one means the same in the other.
    func isSameSource(as other: SourceSettings) -> Bool {
        kind == other.kind && path == other.path && table == other.table && orderColumn == other.orderColumn
    }
}
