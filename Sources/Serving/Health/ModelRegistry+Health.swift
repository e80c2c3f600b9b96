import Features
package import Models
import ONNXRuntime
package import Plant
import Storage

extension ModelRegistry {
    /// Looks at a version: its file, a fresh session from it, the session in memory, and what it is fed.
    ///
    /// That changes nothing; who finds the champion unwell tells its lane.
    ///
    /// - Throws: `DatabaseError` where the newest readings can't be read.
    package func validateHealth(of version: ModelVersion, in scope: OrganizationScope) async throws -> ModelHealth {
        let resident = cache.resident(ModelKey(version, in: scope))
        let file = await proof(of: version, resident: resident, in: scope)
        var checks = file.checks
        if file.error == nil, let card = try? await card(of: version, in: scope) {
            checks.append(try await inputs(card.report, card.manifest, in: scope))
        }
        return ModelHealth(version: version, checkedAt: time.now, checks: checks, error: file.error)
    }

    private func proof(
        of version: ModelVersion,
        resident: LoadedModel?,
        in scope: OrganizationScope
    ) async -> (checks: [ModelHealth.Check], error: ModelError?) {
        let look = { @Sendable () -> (checks: [ModelHealth.Check], error: ModelError?) in
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
                return (checks, nil)
            } catch {
                checks.append(.init(name: failing, isWell: false, detail: error.message))
                return (checks, error)
            }
        }
        do { return try await looks.run(look) } catch {
            let trouble = ModelError(.runtimeFailed, "it can't be looked at", cause: error)
            return ([.init(name: .file, isWell: false, detail: trouble.message)], trouble)
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
