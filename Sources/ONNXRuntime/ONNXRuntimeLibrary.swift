import CONNXRuntime
import FoundationEssentials

/// ONNX Runtime's shared library, loaded, with the one environment that its sessions share.
package struct ONNXRuntimeLibrary: Sendable {
    package let path: String
    package let version: String
    nonisolated(unsafe) let api: UnsafePointer<conn_api>
    nonisolated(unsafe) let environment: OpaquePointer
    nonisolated(unsafe) let memory: OpaquePointer

    static let search = LibrarySearch(fileName: "libonnxruntime.so", variable: "EAGLE_ONNXRUNTIME")

    private static let loaded = Result { () throws(ONNXRuntimeError) in
        try ONNXRuntimeLibrary(atFirstOf: search.candidates())
    }

    /// The process's library, loaded at the first call; it stays for as long as the process runs.
    ///
    /// - Throws: ``ONNXRuntimeError`` with `.libraryMissing` or `.libraryTooOld`; the same at every later call.
    package static func load() throws(ONNXRuntimeError) -> ONNXRuntimeLibrary { try loaded.get() }

    /// Loads the first library that is there.
    ///
    /// - Parameter candidates: Paths to the file itself, best first.
    /// - Throws: ``ONNXRuntimeError`` with `.libraryMissing` or `.libraryTooOld`, naming the places and the remedy.
    package init(atFirstOf candidates: [String]) throws(ONNXRuntimeError) {
        guard let path = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw ONNXRuntimeError(
                .libraryMissing,
                """
                no library at \(candidates.joined(separator: ", ")). \
                `make deps` installs it; \(Self.search.variable) may name the file.
                """
            )
        }
        (api, version) = try Self.table(of: path)
        self.path = path
        var environment: OpaquePointer?
        // What is wrong comes back as an error; only what ends the process is written to standard error.
        try Self.check(api, api.pointee.createEnvironment(CInt(conn_log_fatal), "eagle", &environment), .libraryMissing)
        var memory: OpaquePointer?
        try Self.check(
            api,
            api.pointee.createCPUMemoryInfo(CInt(conn_device_allocator), CInt(conn_memory_default), &memory),
            .libraryMissing
        )
        guard let environment, let memory else {
            throw ONNXRuntimeError(.libraryMissing, "\(path) made no environment")
        }
        self.environment = environment
        self.memory = memory
    }

    private static func table(
        of path: String
    ) throws(ONNXRuntimeError) -> (api: UnsafePointer<conn_api>, version: String) {
        var api: UnsafePointer<conn_api>?
        var version: UnsafePointer<CChar>?
        var detail = [CChar](repeating: 0, count: 512)
        let result = conn_load(path, &api, &version, &detail, detail.count)
        let words = String(decoding: detail.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        switch result {
        case conn_load_done:
            guard let api, let version else { break }
            return (api, String(cString: version))
        case conn_load_too_old:
            throw ONNXRuntimeError(
                .libraryTooOld,
                "\(path) is version \(words): 1.\(conn_api_version) or newer is needed. `make deps` installs it."
            )
        case conn_load_symbol_missing:
            throw ONNXRuntimeError(
                .libraryTooOld,
                "\(path) has no function \(words): it isn't ONNX Runtime. `make deps` installs it."
            )
        default: break
        }
        throw ONNXRuntimeError(.libraryMissing, "\(path) can't be opened: \(words). `make deps` installs it.")
    }

    /// Throws what a status says, and frees it.
    static func check(
        _ api: UnsafePointer<conn_api>,
        _ status: OpaquePointer?,
        _ code: ONNXRuntimeError.Code
    ) throws(ONNXRuntimeError) {
        guard let status else { return }
        defer { api.pointee.releaseStatus(status) }
        throw ONNXRuntimeError(code, String(cString: api.pointee.getErrorMessage(status)))
    }

    /// Gives the memory that freed sessions left behind back to the system.
    package static func releaseFreedMemory() { conn_trim_memory() }

    /// Bytes that the whole process has allocated and not freed, sessions among them; 0 where nobody counts.
    package static var allocatedByteCount: Int { Int(conn_allocated_bytes()) }
}
