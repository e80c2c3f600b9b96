/// The moments of one tag's samples in `(t - width, t]`, at a cost that doesn't grow with the width.
///
/// After van Herk (1992) and Gil and Werman (1993): time is cut into aligned blocks as long as the window,
/// so that a window is a suffix of the block before joined with a prefix of its own. The prefix grows
/// sample by sample, the suffixes come from one scan when a block opens. Samples are folded in their order
/// in time and only when asked for, so the result is a function of the set of samples alone, bit for bit.
struct RollingWindow: Sendable {
    /// The prefix as it once was, to go back to when late rows take samples away.
    private struct Snapshot: Sendable {
        var prefix = Moments()
        var end: Int
        var instant = Int64.min
    }

    let width: Int64
    private let alignment: Int64
    /// The open block; empty where none is.
    private var block: Range<Int64> = 0..<0
    /// The first sample of the open block.
    private var prefixStart = 0
    private var prefixEnd = 0
    private var prefix = Moments()
    /// The first sample in the window last asked for, those of the bucket that is still open apart.
    private(set) var firstIndex = 0
    private var suffixes = SuffixTable()
    private var older = Snapshot(end: 0)
    private var newer = Snapshot(end: 0)

    /// - Parameters:
    ///   - width: In microseconds.
    ///   - alignment: Where blocks begin, modulo the width: tags with alignments of their own close
    ///     their blocks at different rows, and no row pays for all.
    init(width: Int64, alignment: Int64) {
        self.width = width
        self.alignment = alignment
    }

    /// The moments at `instant`, which is at or after all samples.
    ///
    /// - Parameters:
    ///   - instant: The end of the window.
    ///   - series: The tag's samples.
    ///   - open: The newest sample where its bucket may still replace it, and it is not in the series.
    ///   - settledUntil: Samples before it are never taken back.
    /// - Returns: Those of no samples where the window holds none.
    @inline(__always)
    mutating func moments(
        at instant: Int64,
        over series: Series<Measured>,
        open: Measured?,
        settledUntil: Int64
    ) -> Moments {
        if !block.contains(instant) || isOvertaken(by: series) { openBlock(of: instant, over: series) }
        while prefixEnd < series.endIndex {
            let sample = series[prefixEnd]
            prefix.add(sample.value, at: Double(sample.instant - block.lowerBound))
            prefixEnd += 1
        }
        if newer.instant < settledUntil {
            older = newer
            newer = Snapshot(prefix: prefix, end: prefixEnd, instant: instant)
        }
        let edge = instant - width
        if firstIndex < prefixStart { firstIndex = seek(edge, in: series) }
        let suffix = suffixes.moments(from: firstIndex, over: series)
        guard let open, open.instant > edge else { return suffix.joined(with: prefix, shift: Double(width)) }
        var prefix = prefix
        prefix.add(open.value, at: Double(open.instant - block.lowerBound))
        return suffix.joined(with: prefix, shift: Double(width))
    }

    /// Forgets what was made from samples at or after `instant`, which the series has already taken back.
    mutating func rewind(to instant: Int64, over series: Series<Measured>) {
        guard instant >= block.lowerBound else {
            block = 0..<0
            return
        }
        firstIndex = min(firstIndex, prefixStart - 1)
        guard prefixEnd > series.endIndex else { return }
        if newer.end > series.endIndex { newer = older }
        if newer.end > series.endIndex { newer = Snapshot(end: prefixStart) }
        older = newer
        prefix = newer.prefix
        prefixEnd = newer.end
    }

    /// Whether a sample from before the block has been added since the block was opened: its bucket lay across the
    /// block's start, and was open until now.
    private func isOvertaken(by series: Series<Measured>) -> Bool {
        guard prefixEnd < series.endIndex else { return false }
        return prefixEnd < series.startIndex || series[prefixEnd].instant < block.lowerBound
    }

    private func seek(_ edge: Int64, in series: Series<Measured>) -> Int {
        min(series.firstIndex(after: edge, near: firstIndex), prefixStart)
    }

    @inline(never)
    private mutating func openBlock(of instant: Int64, over series: Series<Measured>) {
        let start = (instant - alignment).floored(to: width) + alignment
        block = start..<start + width
        prefixStart = series.firstIndex(after: start - 1, near: prefixEnd)
        prefixEnd = prefixStart
        prefix = Moments()
        suffixes.build(over: series, upTo: prefixStart, blockStart: start - width)
        firstIndex = series.firstIndex(after: instant - width, near: firstIndex)
        older = Snapshot(end: prefixStart)
        newer = older
    }
}
