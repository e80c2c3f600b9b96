import Foundation

/// What the process holds of the machine's memory.
package enum ResidentMemory {
    /// By the kernel's own account, without files that are only mapped; nil where there is none.
    package static var byteCount: Int? {
        guard let text = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let pages = String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        guard pages.count > 2 else { return nil }
        return (pages[1] - pages[2]) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
