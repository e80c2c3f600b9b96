import Glibc

/// The calling thread's own processor time: what neighbours on a busy machine do not lengthen.
package enum ThreadTime {
    package static var nanoseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
