import Plant
import Workload

/// One organization of the load.
struct Tenant: Sendable {
    let plant: SyntheticPlant
    let scope: OrganizationScope
    let schemaVersion: Int
    let machines: Int
    let book = PostBook()

    /// Row by row, as machines that tick together deliver them.
    func readings(rows: Range<Int>) -> [Reading] {
        rows.flatMap { row in (0..<machines).map { plant.reading(machine: $0, row: row) } }
    }
}
