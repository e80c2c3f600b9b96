import Alarms
import Database
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// A data directory with two organizations, whose alarms commands look at.
struct AlarmPlant: Sendable {
    let folder: TemporaryDirectory
    let stores: Stores
    let north: OrganizationScope
    let south: OrganizationScope

    init() async throws {
        folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: true)
        stores = try await Stores.open(SQLiteDatabase(.file(folder.path("data/eagle.sqlite"))))
        north = try await Self.organization("north", stores)
        south = try await Self.organization("south", stores)
    }

    private static func organization(_ slug: String, _ stores: Stores) async throws -> OrganizationScope {
        let made = try await stores.organizations.create(slug: slug, name: slug, at: .t0, in: SystemScope(for: .test))
        return OrganizationScope(provenFor: made.id)
    }

    /// Raises an alarm that a model foretold.
    @discardableResult
    func raise(
        _ asset: String,
        component: String = "bearing",
        at instant: Instant = .t0,
        version: Character = "a",
        in scope: OrganizationScope
    ) async throws -> Alarm {
        let prediction = Prediction(
            asset: asset,
            instant: instant,
            probability: 0.8,
            component: component,
            modelVersion: try #require(ModelVersion(hash: String(repeating: version, count: 64)))
        )
        let alarm = Alarm(
            id: ID(UUID()),
            asset: asset,
            condition: .component(component),
            type: .predictive,
            state: .unacknowledged,
            raisedAt: instant,
            causes: [
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: instant,
                    message: "\(component) may fail within a day",
                    metadata: AlertMetadata(prediction, features: nil)
                )
            ]
        )
        _ = try await stores.lane.commit(
            LaneCommit(
                expectedCursor: 0,
                cursor: 0,
                transitions: [AlarmTransition(alarm: alarm, change: .raised, at: instant)],
                at: instant
            ),
            in: scope
        )
        return alarm
    }

    /// Runs `eagle` on the north's data.
    func run(_ arguments: String..., organization: String = "north", input: String = "") throws -> EagleProcess.Outcome
    {
        try run(arguments: arguments, organization: organization, input: input)
    }

    func run(arguments: [String], organization: String = "north", input: String = "") throws -> EagleProcess.Outcome {
        try EagleProcess.run(
            arguments + ["--organization", organization, "--data", folder.path("data")],
            input: input
        )
    }
}
