import CLightGBM
import FoundationEssentials

/// LightGBM's shared library, loaded.
///
/// Its functions may be called from any thread. A fault that it calls fatal is also written to standard error
/// by the library itself; all else that it would say is dropped.
package struct LightGBMLibrary: Sendable {
    package let path: String
    /// As the file `pins` or the wheel's `VERSION.txt` beside the library says; `unknown` without either, for
    /// the library does not know its own version.
    package let version: String
    let functions: clightgbm_functions

    static let search = LibrarySearch(fileName: "lib_lightgbm.so", variable: "EAGLE_LIGHTGBM")

    private static let loaded = Result { () throws(LightGBMError) in try LightGBMLibrary(atFirstOf: search.candidates())
    }

    /// The process's library, loaded at the first call.
    ///
    /// - Throws: ``LightGBMError`` with `.libraryMissing` or `.libraryTooOld`; the same at every later call.
    package static func load() throws(LightGBMError) -> LightGBMLibrary { try loaded.get() }

    /// Loads the first library that is there.
    ///
    /// - Parameter candidates: Paths to the file itself, best first.
    /// - Throws: ``LightGBMError`` with `.libraryMissing` or `.libraryTooOld`, naming the places and the remedy.
    package init(atFirstOf candidates: [String]) throws(LightGBMError) {
        guard let path = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw LightGBMError(
                .libraryMissing,
                """
                no library at \(candidates.joined(separator: ", ")). \
                `make deps` installs it; \(Self.search.variable) may name the file.
                """
            )
        }
        let place = UnsafeMutablePointer<clightgbm_functions>.allocate(capacity: 1)
        defer { place.deallocate() }
        var detail = [CChar](repeating: 0, count: 512)
        let result = clightgbm_load(path, place, &detail, detail.count)
        let words = String(nulTerminated: detail)
        switch result {
        case clightgbm_load_done: functions = place.pointee
        case clightgbm_load_symbol_missing:
            throw LightGBMError(
                .libraryTooOld,
                "\(path) has no function \(words): version 4 is needed. `make deps` installs it."
            )
        case clightgbm_load_cannot_open:
            throw LightGBMError(
                .libraryMissing,
                "\(path) can't be opened: \(words). `make deps` installs it and what it needs (libgomp1)."
            )
        default: throw LightGBMError(.libraryMissing, "\(path) can't be opened: \(words)")
        }
        self.path = path
        version = Self.version(besides: path)
    }

    private static func version(besides path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if let data = FileManager.default.contents(atPath: folder + "/pins") {
            let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            if let name = words.firstIndex(of: "lightgbm"), name + 1 < words.endIndex { return String(words[name + 1]) }
        }
        if let data = FileManager.default.contents(atPath: folder + "/../VERSION.txt") {
            return String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
        }
        return "unknown"
    }

    /// Makes one call; what the library keeps per thread is set before it and read after it, on this thread.
    func call(_ body: (clightgbm_functions) -> CInt) throws(LightGBMError) {
        _ = functions.registerLogCallback(clightgbm_discard_message)
        guard body(functions) != 0 else { return }
        throw LightGBMError(.refused, String(cString: functions.getLastError()))
    }
}

extension String {
    init(nulTerminated characters: [CChar]) {
        self.init(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
