import Database
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// What belongs to the server itself: its health, its figures, its contract, its console.
struct ServerRoutes: Sendable {
    struct Health: Encodable, Sendable {
        struct Part: Encodable, Sendable {
            let name: String
            let isWell: Bool
            let detail: String?
        }

        let isWell: Bool
        let parts: [Part]
    }

    let sessions: Sessions

    var all: [Route] {
        [
            Route(.get, "/", .open(console)),
            Route(.get, "/livez", .open(live)),
            Route(.get, "/readyz", .open(ready)),
            Route(.get, "/metrics", .open(metrics)),
            Route(.get, "/api/v1/openapi.yaml", .open(contract)),
            Route(.get, StreamRequest.path, .open(stream)),
        ]
    }

    private func console(_ call: Call) async throws -> Response {
        ConsolePage.response()
    }

    private func live(_ call: Call) async throws -> Response {
        try .json(Health(isWell: true, parts: []))
    }

    /// Asks the store and the keyring for something they must have, and the store's writer how its last one went.
    private func ready(_ call: Call) async throws -> Response {
        let stores = call.context.stores
        var parts = [
            await part("store", of: call) { try await stores.probe() },
            await part("keyring", of: call) { try await stores.keyring.probe() },
        ]
        if let certificate = call.context.edge.certificate { parts.append(Self.part(certificate, at: call.now)) }
        let isWell = parts.allSatisfy(\.isWell)
        var response = try Response.json(
            Health(isWell: isWell, parts: parts),
            status: isWell ? .ok : .serviceUnavailable
        )
        if !isWell { response.headers[.retryAfter] = "5" }
        return response
    }

    private func part(_ name: String, of call: Call, probe: () async throws -> Void) async -> Health.Part {
        do {
            try await probe()
            return Health.Part(name: name, isWell: true, detail: nil)
        } catch {
            call.logger.error("the \(name) is not ready", metadata: ["cause": "\(error)"])
            return Health.Part(name: name, isWell: false, detail: Self.detail(of: error))
        }
    }

    /// By its kind alone: anybody may read it.
    private static func detail(of error: any Error) -> String {
        switch error {
        case let error as DatabaseError:
            switch error.code {
            case .full: "nothing can be written: the disk is full"
            case .readOnly: "nothing can be written: the file or its disk is for reading only"
            case .corrupt: "its file is damaged"
            case .unavailable, .busy, .constraint, .tooNew, .unreadable, .statement: "it does not answer"
            }
        case is KeyError: "its keys can't be opened"
        default: "it does not answer"
        }
    }

    /// Files that can't serve are told of, and no reason to take the server out while the certificate before them is good.
    private static func part(_ certificate: ServerCertificate, at now: Instant) -> Health.Part {
        let status = certificate.status
        let isWell = now < status.notAfter
        let until = isWell ? "it ends at \(status.notAfter)" : "it has ended, at \(status.notAfter)"
        let trouble = status.trouble == nil ? "" : "; the files as they are now can't serve: the log says why"
        return Health.Part(name: "certificate", isWell: isWell, detail: until + trouble)
    }

    private func metrics(_ call: Call) async throws -> Response {
        var text = MetricsText()
        call.context.metrics.write(to: &text)
        text.add("eagle_body_bytes", .gauge, "Request bodies in memory.", call.context.bodies.byteCount)
        call.context.lanes.predictions.write(to: &text)
        call.context.courier.write(to: &text)
        call.context.edge.certificate?.write(to: &text, at: call.now)
        call.context.lanes.quotas.write(to: &text)
        return .text(text.text, type: "text/plain; version=0.0.4; charset=utf-8")
    }

    private func contract(_ call: Call) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: MediaTypes.yaml],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml))
        )
    }

    /// Only who did not ask for an upgrade comes here.
    private func stream(_ call: Call) async throws -> Response {
        var response = ErrorMiddleware.response(
            for: Problem(.upgradeRequired, "Open it as a WebSocket, as the first request of a connection."),
            path: StreamRequest.path,
            requestID: call.requestID
        )
        response.headers[.upgrade] = "websocket"
        return response
    }
}
