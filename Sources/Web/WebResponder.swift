import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Plant

/// Where a request comes from.
struct WebRequestContext: InitializableFromSource, Sendable {
    let address: String
    let channel: any Channel
    let logger: Logger

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        address = source.channel.remoteAddress?.ipAddress ?? ""
        logger = source.logger
    }
}

/// Finds the operation, asks who calls, lets it answer, and dresses the answer.
struct WebResponder: HTTPResponder {
    typealias Context = WebRequestContext

    let table: RouteTable
    let context: WebContext
    let authentication: Authentication

    func respond(to request: Request, context source: WebRequestContext) async throws -> Response {
        let started = ContinuousClock.now
        let requestID = RequestName.adopted(request.headers[.requestID])
        var logger = context.logger
        logger[metadataKey: "request"] = .string(requestID)
        let match = table.match(request.method, request.uri.path)
        let client = ClientAddress(peer: source.address, headers: request.headers, edge: context.edge)
        var call = Call(
            request: request,
            parameters: [:],
            query: .empty,
            context: context,
            requestID: requestID,
            client: client,
            now: context.now(),
            logger: logger
        )
        var response: Response
        do {
            response = try await answer(&call, match)
        } catch let error as CancellationError {
            throw error
        } catch {
            response = ErrorMiddleware.response(for: error, to: call)
        }
        dress(&response, of: call)
        if response.status == .contentTooLarge { closeAfterwards(source.channel) }
        context.metrics.answered(
            method: request.method.rawValue,
            route: match.label,
            status: response.status.code,
            after: ContinuousClock.now - started
        )
        return response
    }

    private func answer(_ call: inout Call, _ match: RouteTable.Match) async throws -> Response {
        switch match {
        case .nothing:
            throw Problem(.notFound, "There is nothing at this path. GET /api/v1/openapi.yaml lists what there is.")
        case .otherMethods(let methods) where call.request.method == .options:
            if let response = crossOrigin.preflight(call.request, methods: methods) { return response }
            return Response(
                status: .noContent,
                headers: [.allow: methods.map(\.rawValue).sorted().joined(separator: ", ")]
            )
        case .otherMethods(let methods):
            throw Problem(.methodNotAllowed, "This path has no \(call.request.method.rawValue).", allow: methods)
        case .route(let route, let parameters):
            call = Call(
                request: call.request,
                parameters: parameters,
                query: try Query(call.request.uri.query),
                context: call.context,
                requestID: call.requestID,
                client: call.client,
                now: call.now,
                logger: call.logger
            )
            return try await admitInTime(call, to: route)
        }
    }

    /// Whatever a route waits for: after its time it is called off.
    ///
    /// - Throws: ``Problem`` with `.unavailable` then.
    private func admitInTime(_ call: Call, to route: Route) async throws -> Response {
        let (authentication, timeout) = (authentication, context.limits.answerTimeout)
        return try await withThrowingTaskGroup(of: Response?.self) { group in
            group.addTask { try await authentication.admit(call, to: route) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let response = first else {
                throw Problem(.unavailable, "It took too long, and was called off.", retryAfterSeconds: 60)
            }
            return response
        }
    }

    private func dress(_ response: inout Response, of call: Call) {
        for (name, value) in SecurityHeaders.all(isSecure: call.isSecure) where response.headers[name] == nil {
            response.headers[name] = value
        }
        response.headers[.requestID] = call.requestID
        crossOrigin.dress(&response, to: call.request)
        if call.request.method == .head { response = response.createHeadResponse() }
    }

    private var crossOrigin: CrossOrigin { CrossOrigin(edge: context.edge) }

    /// Nobody reads to its end what is refused for its length.
    private func closeAfterwards(_ channel: any Channel) {
        channel.eventLoop.scheduleTask(in: context.limits.closeGrace) { channel.close(promise: nil) }
    }
}

extension RouteTable.Match {
    /// The pattern, for counting.
    var label: String {
        switch self {
        case .route(let route, _): route.path
        case .otherMethods, .nothing: "none"
        }
    }
}
