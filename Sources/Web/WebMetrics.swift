import Synchronization

/// What the web face counts.
final class WebMetrics: Sendable {
    private struct RequestLabels: Hashable {
        let method: String
        /// The pattern, not the path: paths are without number.
        let route: String
        let status: Int
    }

    private struct Counts {
        var requests: [RequestLabels: Int] = [:]
        var requestSeconds: [String: (sum: Double, count: Int)] = [:]
        var readings: Int = 0
        var values: Int = 0
        var quarantined: Int = 0
        var framesSent = 0
        var streamsOpen = 0
        var streamsCut = 0
        var loginsFailed = 0
        var keysRefused = 0
    }

    private let counts = Mutex(Counts())

    func answered(method: String, route: String, status: Int, after duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let elapsed = Double(seconds) + Double(attoseconds) * 1e-18
        counts.withLock {
            $0.requests[RequestLabels(method: method, route: route, status: status), default: 0] += 1
            $0.requestSeconds[route, default: (0, 0)].sum += elapsed
            $0.requestSeconds[route, default: (0, 0)].count += 1
        }
    }

    func ingested(readings: Int, values: Int, quarantined: Int) {
        counts.withLock {
            $0.readings += readings
            $0.values += values
            $0.quarantined += quarantined
        }
    }

    func loginFailed() { counts.withLock { $0.loginsFailed += 1 } }
    func keyRefused() { counts.withLock { $0.keysRefused += 1 } }
    func framesSent(_ count: Int) { counts.withLock { $0.framesSent += count } }
    func streamOpened() { counts.withLock { $0.streamsOpen += 1 } }
    func streamClosed() { counts.withLock { $0.streamsOpen -= 1 } }
    func streamCutOff() { counts.withLock { $0.streamsCut += 1 } }

    var openStreamCount: Int { counts.withLock(\.streamsOpen) }

    func write(to text: inout MetricsText) {
        let counts = counts.withLock { $0 }
        text.add(
            "eagle_http_requests_total",
            .counter,
            "Requests answered.",
            counts.requests.map {
                "{method=\"\($0.key.method)\",route=\"\($0.key.route)\",status=\"\($0.key.status)\"} \($0.value)"
            }.sorted()
        )
        text.add(
            "eagle_http_request_seconds",
            .summary,
            "Time from a request's head to its answer.",
            counts.requestSeconds.sorted { $0.key < $1.key }.flatMap {
                ["_sum{route=\"\($0.key)\"} \($0.value.sum)", "_count{route=\"\($0.key)\"} \($0.value.count)"]
            }
        )
        text.add("eagle_pushed_readings_total", .counter, "Readings pushed over HTTP and kept.", counts.readings)
        text.add("eagle_pushed_values_total", .counter, "Values of those readings.", counts.values)
        text.add(
            "eagle_pushed_quarantined_total",
            .counter,
            "Rows pushed that have no place in time.",
            counts.quarantined
        )
        text.add("eagle_stream_alerts_sent_total", .counter, "Alerts sent to WebSocket clients.", counts.framesSent)
        text.add("eagle_stream_subscribers", .gauge, "WebSocket clients connected.", counts.streamsOpen)
        text.add(
            "eagle_stream_cut_off_total",
            .counter,
            "WebSocket clients cut off for reading too slowly.",
            counts.streamsCut
        )
        text.add("eagle_logins_failed_total", .counter, "Logins refused.", counts.loginsFailed)
        text.add(
            "eagle_api_keys_refused_total",
            .counter,
            "Requests with an API key that opens nothing.",
            counts.keysRefused
        )
    }
}
