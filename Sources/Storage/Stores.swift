package import Database

/// All that the server keeps, over one database.
package struct Stores: Sendable {
    package let database: any SQLDatabase
    package let organizations: OrganizationStore
    package let users: UserStore
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
    package let keptAnswers: KeptAnswerStore

    /// - Parameter database: With its tables up to date, see ``migrate(_:)``.
    package init(database: any SQLDatabase) {
        self.database = database
        organizations = OrganizationStore(database: database)
        users = UserStore(database: database)
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
        sources = SourceStore(database: database)
        deliveryTargets = DeliveryTargetStore(database: database)
        deliveryPolicies = DeliveryPolicyStore(database: database)
        deliveries = DeliveryStore(database: database)
        deliveryWork = DeliveryWork(database: database)
        keptAnswers = KeptAnswerStore(database: database)
    }

    /// Asks the store for something it must have.
    ///
    /// - Throws: `DatabaseError` where it does not answer.
    package func probe() async throws { _ = try await database.query("SELECT 1 AS answer") }

    /// Brings a database's tables up to date and opens the stores over it.
    ///
    /// - Throws: `DatabaseError`; `.tooNew` where a newer program has written it.
    package static func open(_ database: any SQLDatabase) async throws -> Stores {
        try await Migrator(Migrations.all).migrate(database)
        return Stores(database: database)
    }
}
