package import Models

extension ModelArtifact {
    /// The same model as another organization's own.
    package func renamed(organization: String, schemaDocument: String) throws -> ModelArtifact {
        var manifest = manifest
        manifest.organization = organization
        return try ModelArtifact(
            manifest: manifest,
            schemaDocument: schemaDocument,
            onnx: onnx,
            boosters: boosters,
            golden: golden
        )
    }
}
