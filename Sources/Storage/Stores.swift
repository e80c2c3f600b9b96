package import Database

/// All that the server keeps, over one database.
package struct Stores: Sendable {
    package let database: any SQLDatabase
    /// Seals what must not lie open; in a database of its own.
    package let keyring: Keyring
    package let keyringMark: KeyringMark
    package let sealedRows: SealedRows
    package let organizations: OrganizationStore
    package let users: UserStore
    package let apiKeys: APIKeyStore
    package let secondFactors: SecondFactorStore
    package let signInPolicies: SignInPolicyStore
    package let openIDLinks: OpenIDLinkStore
    package let quotas: QuotaStore
    package let schemas: SchemaStore
    package let assets: AssetStore
    package let readings: ReadingStore
    package let failures: FailureStore
    package let lane: LaneStore
    package let alarms: AlarmStore
    package let alerts: AlertStore
    package let explanations: ExplanationStore
    package let feedback: FeedbackStore
    package let accuracy: AccuracyStore
    package let systemAlarms: SystemAlarmStore
    package let predictions: PredictionStore
    package let models: ModelStore
    package let rivals: RivalStore
    package let metrics: ModelMetricsStore
    package let trainingLogs: TrainingLogStore
    package let trainingPlans: TrainingPlanStore
    package let trainingWork: TrainingWork
    package let sources: SourceStore
    package let deliveryTargets: DeliveryTargetStore
    package let deliveryPolicies: DeliveryPolicyStore
    package let deliveries: DeliveryStore
    package let deliveryWork: DeliveryWork
    package let erasures: ErasureStore
    package let audit: AuditStore
    package let keptAnswers: KeptAnswerStore

    /// - Parameters:
    ///   - database: With its tables up to date, see ``open(_:keyring:)``.
    ///   - keyring: Under which what is sealed in the database was sealed.
    package init(database: any SQLDatabase, keyring: Keyring) {
        self.database = database
        self.keyring = keyring
        keyringMark = KeyringMark(database: database)
        sealedRows = SealedRows(database: database, keyring: keyring)
        organizations = OrganizationStore(database: database)
        users = UserStore(database: database)
        apiKeys = APIKeyStore(database: database)
        secondFactors = SecondFactorStore(database: database)
        signInPolicies = SignInPolicyStore(database: database)
        openIDLinks = OpenIDLinkStore(database: database)
        quotas = QuotaStore(database: database)
        schemas = SchemaStore(database: database)
        assets = AssetStore(database: database)
        readings = ReadingStore(database: database)
        failures = FailureStore(database: database)
        lane = LaneStore(database: database)
        alarms = AlarmStore(database: database)
        alerts = AlertStore(database: database)
        explanations = ExplanationStore(database: database)
        feedback = FeedbackStore(database: database)
        accuracy = AccuracyStore(database: database)
        systemAlarms = SystemAlarmStore(database: database)
        predictions = PredictionStore(database: database)
        models = ModelStore(database: database)
        rivals = RivalStore(database: database)
        metrics = ModelMetricsStore(database: database)
        trainingLogs = TrainingLogStore(database: database)
        trainingPlans = TrainingPlanStore(database: database)
        trainingWork = TrainingWork(database: database)
        sources = SourceStore(database: database, keyring: keyring)
        deliveryTargets = DeliveryTargetStore(database: database, keyring: keyring)
        deliveryPolicies = DeliveryPolicyStore(database: database)
        deliveries = DeliveryStore(database: database)
        deliveryWork = DeliveryWork(database: database)
        erasures = ErasureStore(database: database)
        audit = AuditStore(database: database)
        keptAnswers = KeptAnswerStore(database: database)
    }

    /// Reads something that the database must have.
    ///
    /// - Throws: `DatabaseError` where it does not answer, or where nothing that was written last could be kept.
    package func probe() async throws {
        _ = try await database.query("SELECT id FROM keyring WHERE number = 1")
        if let trouble = database.writeTrouble { throw trouble }
    }

    /// Writes something and takes it away again, so that a disk that keeps nothing shows before anybody needs it.
    ///
    /// - Throws: `DatabaseError` where nothing can be kept.
    package func tryWriting() async throws {
        try await database.transaction { transaction in
            // A row that nobody ever sees; its page is written all the same.
            try transaction.execute("INSERT INTO keyring (number, id) VALUES (0, 'a trial')")
            try transaction.execute("DELETE FROM keyring WHERE number = 0")
        }
    }

    /// Brings a database's tables up to date and opens the stores over it and its keyring.
    ///
    /// - Throws: `DatabaseError`; `.tooNew` where a newer program has written it. `KeyError` with `.keyringLost` where
    ///   another keyring sealed what is in it.
    package static func open(_ database: any SQLDatabase, keyring: Keyring) async throws -> Stores {
        try await Migrator(Migrations.all).migrate(database)
        let stores = Stores(database: database, keyring: keyring)
        try await stores.keyringMark.bind(keyring)
        return stores
    }

    /// The same over an ephemeral keyring, under a random master key, for databases that are as short-lived.
    ///
    /// What is sealed can't be opened any more when the stores are gone.
    package static func open(_ database: any SQLDatabase) async throws -> Stores {
        try await open(database, keyring: .ephemeral())
    }
}
