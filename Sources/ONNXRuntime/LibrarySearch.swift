import FoundationEssentials

/// Where a shared library may lie.
struct LibrarySearch: Sendable {
    let fileName: String
    /// The environment variable that names the file itself; what it says is taken at its word.
    let variable: String

    /// The paths to try, best first: the variable's alone; else beside the executable, `../lib` from it, then
    /// `.deps/lib` upwards from the executable and from the working directory.
    func candidates(environment: [String: String], executable: String?, workingDirectory: String) -> [String] {
        if let path = environment[variable], !path.isEmpty { return [path] }
        var folders: [String] = []
        if let executable {
            let folder = parent(of: executable)
            folders += [folder, parent(of: folder) + "/lib"]
            folders += upwards(from: folder).map { $0 + "/.deps/lib" }
        }
        folders += upwards(from: workingDirectory).map { $0 + "/.deps/lib" }
        var seen: Set<String> = []
        return folders.map { $0 + "/" + fileName }.filter { seen.insert($0).inserted }
    }

    /// The paths to try in this process.
    func candidates() -> [String] {
        candidates(
            environment: ProcessInfo.processInfo.environment,
            executable: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
                ?? CommandLine.arguments.first,
            workingDirectory: FileManager.default.currentDirectoryPath
        )
    }

    private func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[..<slash])
    }

    private func upwards(from folder: String) -> [String] {
        var folders = [folder]
        while let last = folders.last, last.contains("/") { folders.append(parent(of: last)) }
        return folders
    }
}
