import Features
package import Models
import ONNXRuntime
package import Plant
import Storage

/// What a look at a version's file came to.
struct ModelLook: Sendable {
    var checks: [ModelHealth.Check]
    /// What keeps the version from serving.
    var error: ModelError?
    /// What the file says of the version; nil where it is not well.
    var manifest: ModelManifest?
    var report: ModelReport?
}

extension ModelRegistry {
    /// A look reads a file and opens a session: one that takes so long does not end.
    static let lookTimeMax = Duration.seconds(30)

    /// Takes turns with looks.
    static func looks(timeMax: Duration = lookTimeMax) -> FairWork<ModelLook> {
        FairWork(
            label: "eagle.health",
            countMax: 1,
            timeMax: timeMax,
            placeTimeMax: min(timeMax, ModelCache.placeTimeMax),
            hangs: ModelError(.runtimeFailed, "the look does not end: its file may lie on a disk that does not answer")
        )
    }

    /// Looks that take so long that nobody waits for them any more.
    package var hangingLookCount: Int { looks.hangingCount }

    /// Looks at a version: its file, a fresh session from it, the session in memory, and what it is fed.
    ///
    /// That changes nothing; who finds the champion unwell tells its lane. Organizations take turns, and a look that has
    /// not ended after ``lookTimeMax`` is told as one that failed, for a reason that may pass.
    ///
    /// - Throws: `DatabaseError` where the newest readings can't be read.
    package func validateHealth(of version: ModelVersion, in scope: OrganizationScope) async throws -> ModelHealth {
        let resident = cache.resident(ModelKey(version, in: scope))
        let look = await look(at: version, resident: resident, in: scope)
        var checks = look.checks
        if let manifest = look.manifest { checks.append(try await inputs(look.report, manifest, in: scope)) }
        return ModelHealth(version: version, checkedAt: time.now, checks: checks, error: look.error)
    }

    private func look(
        at version: ModelVersion,
        resident: LoadedModel?,
        in scope: OrganizationScope
    ) async -> ModelLook {
        let look = { @Sendable () -> ModelLook in
            var checks: [ModelHealth.Check] = []
            var failing = ModelHealth.Check.Name.file
            do throws(ModelError) {
                let bytes = try fileBytes(of: version, in: scope)
                checks.append(.init(name: .file, isWell: true, detail: "whole, \(bytes.count) bytes"))
                failing = .proof
                let artifact = try ModelArtifact(bytes: bytes)
                _ = try LoadedModel(artifact, version: version, runtime: Self.runtime())
                let rows = artifact.golden.rowCount
                checks.append(.init(name: .proof, isWell: true, detail: "\(rows) recorded rows give the same numbers"))
                failing = .memory
                try resident?.prove(by: artifact.golden)
                let detail = resident == nil ? "not in memory" : "\(rows) recorded rows give the same numbers"
                checks.append(.init(name: .memory, isWell: true, detail: detail))
                return ModelLook(checks: checks, manifest: artifact.manifest, report: artifact.report)
            } catch {
                checks.append(.init(name: failing, isWell: false, detail: error.message))
                return ModelLook(checks: checks, error: error)
            }
        }
        do {
            return try await looks.value(for: ModelKey(version, in: scope), .person) { tell in tell(.success(look())) }
        } catch {
            let trouble = error as? ModelError ?? ModelError(.runtimeFailed, "it can't be looked at", cause: error)
            return ModelLook(checks: [.init(name: .file, isWell: false, detail: trouble.message)], error: trouble)
        }
    }

    /// Compares what each asset sent last with what the model has learned from.
    private func inputs(
        _ report: ModelReport?,
        _ manifest: ModelManifest,
        in scope: OrganizationScope
    ) async throws -> ModelHealth.Check {
        guard let tags = report?.tags, !tags.isEmpty else {
            return .init(name: .inputs, isWell: true, detail: "the model says nothing of the values it has seen")
        }
        let latest = try await stores.readings.latest(in: scope)
        let schemaTags = try await SchemaTags(stores.schemas, scope: scope).tags(ofVersionsIn: latest)
        var projections = Projections(to: manifest.view.tags)
        let places = Dictionary(manifest.view.tags.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var strange: [String] = []
        for stored in latest {
            let values = projections.sample(stored, tags: schemaTags).values
            for tag in tags {
                guard let place = places[tag.tag], let low = tag.limits.first, let high = tag.limits.last else {
                    continue
                }
                let value = Float(values[place])
                guard value.isFinite, Double(value) <= low || Double(value) > high else { continue }
                strange.append(
                    "\(tag.tag) of \(stored.reading.asset) is \(value), the model has seen \(Float(low)) to \(Float(high))"
                )
            }
        }
        return .init(
            name: .inputs,
            isWell: strange.isEmpty,
            detail: strange.isEmpty
                ? "the newest values of \(latest.count) assets lie where the model has seen values"
                : strange.prefix(5).joined(separator: "; ")
                    + (strange.count > 5 ? "; and \(strange.count - 5) more" : "")
        )
    }
}
