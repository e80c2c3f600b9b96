import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle

/// The web face as a service: API, stream, console, health and figures on one port.
package struct WebServer: Service {
    package let context: WebContext
    private let host: String
    private let port: Int
    private let onRunning: @Sendable (_ port: Int) async -> Void
    /// Beside the server's own: what a test seeds.
    var addedRoutes: @Sendable (Authentication) -> [Route] = { _ in [] }

    /// - Parameters:
    ///   - context: The rooms behind it.
    ///   - host: The address to listen on.
    ///   - port: 0 for any that is free.
    ///   - onRunning: Told the port once connections are taken.
    package init(
        context: WebContext,
        host: String = "127.0.0.1",
        port: Int,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.context = context
        self.host = host
        self.port = port
        self.onRunning = onRunning
    }

    package func run() async throws {
        let sessions = try await Sessions(context: context)
        let authentication = Authentication(sessions: sessions)
        let responder = WebResponder(
            table: RouteTable(Self.routes(authentication) + addedRoutes(authentication)),
            context: context,
            authentication: authentication
        )
        let (limits, onRunning) = (context.limits, onRunning)
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                WebChannel(responder: responder, door: StreamDoor(authentication: authentication), limits: limits)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                backlog: 1_024,
                availableConnectionsDelegate: .maximum(limits.connectionCountMax, logger: context.logger)
            ),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: context.logger
        )
        do {
            try await application.run()
        } catch {
            try? await sessions.passwords.close()
            throw error
        }
        try await sessions.passwords.close()
    }

    /// Every operation there is, in the contract's order.
    static func routes(_ authentication: Authentication) -> [Route] {
        ServerRoutes(sessions: authentication.sessions).all + AuthRoutes(sessions: authentication.sessions).all
            + OrganizationRoutes(authentication: authentication).all + SchemaRoutes.all + SourceRoutes.all
            + AssetRoutes.all + ReadingRoutes().all + FailureRoutes.all + AlarmRoutes.all + ExplanationRoutes.all
            + SuppressionRoutes.all + AccuracyRoutes.all + RuleRoutes.all
            + ModelRoutes.all
            + PredictionRoutes.all + ServingRoutes.all
            + TrainingRoutes.all + SystemRoutes.all + DeliveryRoutes.all + TargetRoutes.all + PushRoutes.all
    }
}
