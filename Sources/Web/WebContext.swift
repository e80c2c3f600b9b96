package import Delivery
package import Logging
package import NIOCore
package import Plant
package import Serving
package import Storage
package import Trust

/// What the web face works with: the rooms behind it, the time, and its limits.
package struct WebContext: Sendable {
    package let stores: Stores
    package let lanes: Lanes
    package let courier: Courier
    /// What a browser must be given to subscribe to messages; none where the server has no key for push services.
    package let pushKey: String?
    package let hub: AlertHub
    package let trainingNews: Broadcast<TrainingLog>
    package let registry: ModelRegistry
    /// Changes data keys; none where the files that they seal are not at hand.
    package let keyDesk: KeyDesk?
    package let signingKey: SigningKey
    /// Signs what others must be able to check.
    package let identity: ServerIdentity
    package let passwordCost: PasswordHash.Cost
    /// Signs people in by their organizations' issuers; none where no provider is set up.
    package let openID: OpenIDDesk?
    /// Folders below which an organization's source may name a file; nobody but a super admin names others.
    package let sourceFolders: [String: [String]]
    package let limits: WebLimits
    /// The road to the clients.
    package let edge: WebEdge
    package let logger: Logger
    /// The plants' time: ages go by it.
    package let plantTime: any TimeSource
    /// The machine's time: tokens and throttles go by it, however fast a simulated plant runs.
    package let now: @Sendable () -> Instant
    let metrics = WebMetrics()
    let alertFrames: AlertFrames
    /// Who is on the organizations' streams.
    let crowd: StreamCrowd
    /// Writes down what is asked.
    let audit: AuditTrail
    let bodies: BodyBudget
    /// Goes through what is stored when somebody asks.
    package let history: HistoryDesk

    package init(
        stores: Stores,
        lanes: Lanes,
        courier: Courier,
        pushKey: String? = nil,
        hub: AlertHub,
        trainingNews: Broadcast<TrainingLog> = Broadcast(),
        registry: ModelRegistry,
        keyDesk: KeyDesk? = nil,
        signingKey: SigningKey,
        identity: ServerIdentity,
        passwordCost: PasswordHash.Cost = .standard,
        openID: OpenIDDesk? = nil,
        sourceFolders: [String: [String]] = [:],
        limits: WebLimits = WebLimits(),
        edge: WebEdge = WebEdge(),
        logger: Logger,
        plantTime: any TimeSource = SystemTime(),
        now: @escaping @Sendable () -> Instant = { SystemTime().now }
    ) {
        alertFrames = AlertFrames()
        crowd = StreamCrowd(frames: alertFrames, metrics: metrics)
        self.stores = stores
        history = HistoryDesk(stores: stores)
        self.lanes = lanes
        self.courier = courier
        self.pushKey = pushKey
        self.hub = hub
        self.trainingNews = trainingNews
        self.registry = registry
        self.keyDesk = keyDesk
        self.signingKey = signingKey
        self.identity = identity
        audit = AuditTrail(stores: stores, logger: logger, now: now)
        self.passwordCost = passwordCost
        self.openID = openID
        self.sourceFolders = sourceFolders
        self.limits = limits
        self.edge = edge
        bodies = BodyBudget(
            organizationMax: limits.organizationBodiesByteCountMax,
            totalMax: limits.bodiesByteCountMax
        )
        self.logger = logger
        self.plantTime = plantTime
        self.now = now
    }
}

/// Every bound of the web face, in one place.
package struct WebLimits: Sendable {
    /// Of JSON documents, schemas among them.
    package var documentByteCountMax = 1 << 20
    /// Of one push of readings.
    package var readingsByteCountMax = 16 << 20
    package var modelByteCountMax = 256 << 20
    /// Of a body that counts for no organization, such as a login.
    package var nobodysByteCountMax = 64 << 10
    /// Of all bodies of one organization that are in memory at once, and of all organizations together.
    package var organizationBodiesByteCountMax = 320 << 20
    package var bodiesByteCountMax = 1 << 30
    /// Of all header fields of a request.
    package var headerByteCountMax = 16 << 10
    /// Of one frame that a stream's client sends; clients have little to say.
    package var frameByteCountMax = 16 << 10
    package var headerCountMax = 100
    package var connectionCountMax = 20_000
    /// Of one address; the machine itself and trusted proxies, behind which many stand, are not counted.
    package var connectionsPerAddressMax = 2_000
    /// How long a connection may take from its first byte to its first request's head, TLS included.
    package var headTimeout: TimeAmount = .seconds(20)
    /// How long a body or an answer may stand still, beyond what its length takes at the slowest pace that is borne.
    package var bodyGrace: TimeAmount = .seconds(30)
    /// The slowest pace, in bytes a second.
    package var bodyRateMin = 8 << 10
    /// After so long without a request a connection is closed.
    package var idleTimeout: TimeAmount = .seconds(60)
    /// How long a request may take, its body's way included.
    package var answerTimeout: Duration = .seconds(900)
    /// How long a connection that is to end may take for its last words.
    package var closeGrace: TimeAmount = .seconds(3)
    /// How often a stream says that it is alive.
    package var heartbeat: Duration = .seconds(10)
    /// After so many pings in a row without a word a stream's client is taken for gone.
    package var unansweredMax = 3
    /// What the kernel may hold for a stream's client that does not read; so many times the clients.
    package var streamSendBufferByteCount = 262_144
    /// How long a stream's client may read nothing while something waits for it.
    package var stallMax: Duration = .seconds(15)
    /// How many missed alerts are sent one by one; beyond that a snapshot serves better.
    package var resumeCountMax: Int64 = 10_000
    /// Passwords hashed at once, each of which takes memory and a core for a while.
    package var passwordsAtOnceMax = 2
    /// Passwords waiting for their turn.
    package var passwordsWaitingMax = 32
    /// How long a server goes by what it knows of who may come in; what is changed through itself counts at once.
    package var standingAgeMax: Duration = .seconds(1)
    package var accessTokenLifetime: Duration = .seconds(900)
    package var refreshTokenLifetime: Duration = .seconds(30 * 86_400)

    package init() {}
}
