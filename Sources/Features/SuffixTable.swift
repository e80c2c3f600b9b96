/// The moments of a closed block's last samples, from any of them on.
///
/// One scan from the block's end leaves a checkpoint at every `spacing` samples; the pane of suffixes
/// around the one last asked for is spelled out from the checkpoint behind it. Both go on with one and the
/// same scan, so a suffix has the same bits whatever the spacing and whichever was asked for before.
struct SuffixTable: Sendable {
    /// Behind the block's last sample.
    private var end = 0
    /// Where the block's times begin.
    private var blockStart: Int64 = 0
    private var spacing = 1
    /// Of the block's last `spacing` samples, of its last `2 * spacing`, and so on.
    private var checkpoints: [Moments] = []
    /// Of the block's last `paneNumber * spacing + 1` samples, of one more, and so on.
    private var pane: [Moments] = []
    private var paneNumber = -1

    /// - Parameters:
    ///   - series: The tag's samples.
    ///   - end: The index behind the block's last sample.
    ///   - blockStart: The block's first microsecond; the scan ends before it, or where the series does.
    mutating func build(over series: Series<Measured>, upTo end: Int, blockStart: Int64) {
        let first = series.firstIndex(atOrAfter: blockStart, before: end)
        self.end = end
        self.blockStart = blockStart
        // Checkpoints and pane together are fewest where they are equally many; a longer pane would leave the cache.
        spacing = min(max(8, Int(Double(end - first).squareRoot())), 64)
        checkpoints.removeAll(keepingCapacity: true)
        checkpoints.reserveCapacity((end - first) / spacing)
        pane.removeAll(keepingCapacity: true)
        pane.reserveCapacity(min(spacing, end - first))
        paneNumber = -1
        var moments = Moments()
        var untilCheckpoint = spacing
        for index in stride(from: end - 1, through: first, by: -1) {
            let sample = series[index]
            moments.add(sample.value, at: Double(sample.instant - blockStart))
            untilCheckpoint -= 1
            if untilCheckpoint == 0 {
                checkpoints.append(moments)
                untilCheckpoint = spacing
            }
        }
    }

    /// The moments of the block's samples from `index` to its end.
    @inline(__always)
    mutating func moments(from index: Int, over series: Series<Measured>) -> Moments {
        let length = end - index
        if length <= 0 { return Moments() }
        if paneNumber < 0 || length <= paneNumber * spacing || length > (paneNumber + 1) * spacing {
            fillPane((length - 1) / spacing, over: series)
        }
        return pane[length - 1 - paneNumber * spacing]
    }

    private mutating func fillPane(_ number: Int, over series: Series<Measured>) {
        var moments = number == 0 ? Moments() : checkpoints[number - 1]
        let upper = end - number * spacing
        paneNumber = number
        pane.removeAll(keepingCapacity: true)
        for index in stride(from: upper - 1, through: max(series.startIndex, upper - spacing), by: -1) {
            let sample = series[index]
            moments.add(sample.value, at: Double(sample.instant - blockStart))
            pane.append(moments)
        }
    }
}
