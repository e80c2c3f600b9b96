import Plant

/// The rows of a simulated plant that arrive in a span of time, in the order in which they arrive.
///
/// Every row is computed from its address alone, so that spans that adjoin give the rows of the whole.
package struct PlantRows: Sequence, IteratorProtocol, Sendable {
    private let scanner: PlantScanner
    private var writer: TimestampWriter
    private var scan: Int64
    private let scanEnd: Int64
    private var assetIndex = 0
    /// Of the current scan and asset, last one first.
    private var waiting: [PlantRow] = []
    /// Of the rows in the current scan, for their identifiers.
    private var slot: Int64 = 0

    init(scanner: PlantScanner, from: Instant, to: Instant) {
        self.scanner = scanner
        writer = TimestampWriter(style: scanner.layout.timestampStyle)
        scan = scanner.firstScan(arrivingAtOrAfter: from)
        scanEnd = scanner.firstScan(arrivingAtOrAfter: to)
    }

    package mutating func next() -> PlantRow? {
        while waiting.isEmpty {
            guard scan < scanEnd else { return nil }
            scanner.appendRows(ofAsset: assetIndex, arrivingIn: scan, slot: &slot, writer: &writer, to: &waiting)
            waiting.reverse()
            assetIndex += 1
            if assetIndex == scanner.layout.assets.count {
                assetIndex = 0
                slot = 0
                scan += 1
            }
        }
        return waiting.popLast()
    }
}
