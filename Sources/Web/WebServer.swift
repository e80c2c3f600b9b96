import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Serving

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
        let crowd = context.crowd
        context.hub.observe { alerts, scope in crowd.tell(alerts, in: scope) }
        let sessions = try await Sessions(context: context)
        let authentication = Authentication(sessions: sessions)
        let responder = WebResponder(
            table: RouteTable(Self.routes(authentication) + addedRoutes(authentication)),
            context: context,
            authentication: authentication
        )
        let (context, limits, onRunning) = (context, context.limits, onRunning)
        // What the HTTP library says below this can be a request's own words.
        var logger = context.logger
        logger.logLevel = max(logger.logLevel, .info)
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                WebChannel(
                    responder: responder,
                    door: StreamDoor(authentication: authentication),
                    context: context
                )
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                backlog: 1_024,
                availableConnectionsDelegate: .maximum(limits.connectionCountMax, logger: logger)
            ),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        do {
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask { await sessions.keepAudit() }
                try await application.run()
                tasks.cancelAll()
            }
        } catch {
            await sessions.flushAudit()
            try? await sessions.passwords.close()
            throw error
        }
        await sessions.flushAudit()
        try await sessions.passwords.close()
    }

    /// Every operation there is, in the contract's order.
    static func routes(_ authentication: Authentication) -> [Route] {
        ServerRoutes(sessions: authentication.sessions).all + AuthRoutes(sessions: authentication.sessions).all
            + SessionRoutes(sessions: authentication.sessions).all
            + TOTPRoutes(sessions: authentication.sessions).all + OIDCRoutes(sessions: authentication.sessions).all
            + OrganizationRoutes(authentication: authentication).all + ErasureRoutes.all
            + QuotaRoutes(authentication: authentication).all
            + UserRoutes(sessions: authentication.sessions).all
            + APIKeyRoutes(sessions: authentication.sessions).all
            + SchemaRoutes.all + SourceRoutes.all
            + AssetRoutes.all + ReadingRoutes().all + FailureRoutes.all + AlarmRoutes.all + ExplanationRoutes.all
            + SuppressionRoutes.all + AccuracyRoutes.all + RuleRoutes.all
            + ModelRoutes.all
            + PredictionRoutes.all + ServingRoutes.all
            + TrainingRoutes.all + KeyRoutes.all + AuditRoutes.all + SystemRoutes.all
            + DeliveryRoutes.all + TargetRoutes.all + PushRoutes.all
    }
}
