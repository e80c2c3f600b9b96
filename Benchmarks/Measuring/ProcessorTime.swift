import Glibc

/// Processor time spent so far, in nanoseconds: what neighbours on a busy machine do not lengthen.
package enum ProcessorTime {
    /// The calling thread's.
    package static var thread: Int { read(CLOCK_THREAD_CPUTIME_ID) }
    /// All threads'.
    package static var process: Int { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
