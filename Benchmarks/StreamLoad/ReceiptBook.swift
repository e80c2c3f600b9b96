import WholeServer

/// When which alert came to how many clients.
struct ReceiptBook {
    private var receipts: [Int: [Int]] = [:]
    private var tellings: [(sequence: Int, at: Int, name: String)] = []
    private(set) var lastTold = 0
    private var refusals: [String] = []
    var missedCount = 0
    var repeatedCount = 0
    var closedCount = 0
    /// Connections that ended unasked.
    var lostCount = 0

    mutating func told(_ sequence: Int, at nanoseconds: Int, name: String) {
        tellings.append((sequence, nanoseconds, name))
        lastTold = max(lastTold, sequence)
    }

    mutating func received(_ sequence: Int, at nanoseconds: Int) { receipts[sequence, default: []].append(nanoseconds) }

    mutating func refused(_ answer: String) { refusals.append(answer) }

    func report(clientCount: Int) -> [String] {
        var names: [String] = []
        for telling in tellings where !names.contains(telling.name) { names.append(telling.name) }
        var lines: [String] = []
        for name in names {
            var (all, lasts): ([Double], [Double]) = ([], [])
            var incompleteCount = 0
            for telling in tellings where telling.name == name {
                guard let times = receipts[telling.sequence], let last = times.max() else { continue }
                all += times.map { Double($0 - telling.at) / 1e6 }
                lasts.append(Double(last - telling.at) / 1e6)
                if times.count != clientCount { incompleteCount += 1 }
            }
            guard !all.isEmpty else { continue }
            lines.append("\(name): \(lasts.count) alerts, \(all.count) receipts, \(incompleteCount) alerts not to all")
            lines.append("  reading handed in to a client's receipt   \(Spread(all))")
            lines.append("  to the last client's                      \(Spread(lasts))")
        }
        lines.append(
            "missed \(missedCount), repeated \(repeatedCount), closed by the server \(closedCount), lost \(lostCount), "
                + "refused \(refusals.count)\(refusals.first.map { ": " + $0 } ?? "")"
        )
        return lines
    }
}
