import Delivery
import Serving
import Trust

/// Figures as Prometheus reads them: text exposition format 0.0.4.
///
/// Whoever can reach the server reads them: they are of all organizations together, and of none.
struct MetricsText {
    enum Kind: String { case counter, gauge, summary }

    private(set) var text = ""

    /// A family of samples, each written without the family's name.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [String]) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
        for sample in samples { text += "\(name)\(sample)\n" }
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        add(name, kind, help, [" \(value)"])
    }
}

extension PredictionDesk {
    func write(to text: inout MetricsText) {
        let (occupancy, totals) = (registry.cache.occupancy, registry.cache.totals)
        text.add("eagle_models_loaded", .gauge, "Models in memory.", occupancy.modelCount)
        text.add("eagle_models_bytes", .gauge, "Memory of loaded models, as measured.", occupancy.byteCount)
        text.add("eagle_model_hits_total", .counter, "Look-ups that found a model in memory.", totals.hitCount)
        text.add("eagle_model_misses_total", .counter, "Look-ups that did not.", totals.missCount)
        text.add("eagle_model_loads_total", .counter, "Models loaded and proven.", totals.loadCount)
        text.add("eagle_model_evictions_total", .counter, "Models that left memory.", totals.evictionCount)
        text.add(
            "eagle_model_loads_hanging",
            .gauge,
            "Loads that take so long that nobody waits for them.",
            registry.cache.hangingLoadCount
        )
        text.add(
            "eagle_model_looks_hanging",
            .gauge,
            "Looks at a model's health that take so long that nobody waits for them.",
            registry.hangingLookCount
        )
        let counts = batcher.counts
        text.add("eagle_prediction_calls_total", .counter, "Calls of the runtime.", counts.calls)
        text.add("eagle_prediction_rows_total", .counter, "Feature rows in those calls.", counts.rows)
        text.add("eagle_prediction_rows_waiting", .gauge, "Feature rows that wait for a call.", batcher.waitingRowCount)
        if let byteCount = ResidentMemory.byteCount {
            text.add("eagle_resident_bytes", .gauge, "Memory of the process.", byteCount)
        }
    }
}

extension QuotaDesk {
    func write(to text: inout MetricsText) {
        let counts = refusedCounts
        text.add(
            "eagle_quota_refused_total",
            .counter,
            "What was refused because an organization's quota was used up, by the quota.",
            Quota.allCases.map { "{quota=\"\($0.rawValue)\"} \(counts[$0] ?? 0)" }
        )
    }
}

extension Courier {
    func write(to text: inout MetricsText) {
        let (counts, present) = (self.counts, self.present)
        text.add(
            "eagle_deliveries_total",
            .counter,
            "Deliveries by what became of them; failed ones are tried again.",
            [
                "{outcome=\"delivered\"} \(counts.delivered)", "{outcome=\"failed\"} \(counts.failed)",
                "{outcome=\"dead\"} \(counts.dead)", "{outcome=\"cancelled\"} \(counts.cancelled)",
            ]
        )
        text.add("eagle_deliveries_running", .gauge, "Deliveries on their way.", present.runningCount)
        text.add("eagle_delivery_breakers_open", .gauge, "Targets left alone for a while.", present.openBreakerCount)
    }
}
