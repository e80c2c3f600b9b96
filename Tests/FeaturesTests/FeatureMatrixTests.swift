import Features
import Plant
import Testing

@Suite struct FeatureMatrixTests {
    @Test func `rows lie one behind the other`() {
        var matrix = FeatureMatrix(columnCount: 2)
        matrix.append([1, 2])
        matrix.append([3, 4])
        #expect(matrix.rowCount == 2)
        #expect(Array(matrix[1]) == [3, 4])
        #expect(matrix[0, 1] == 2)
        #expect(matrix.withUnsafeBufferPointer { Array($0) } == [1, 2, 3, 4])
        matrix.removeAll()
        #expect(matrix.rowCount == 0)
        #expect(matrix.withUnsafeBufferPointer { $0.isEmpty })
    }

    @Test func `training reads the very features that are predicted on`() {
        let plant = RandomPlant(seed: 3, rows: 300)
        var live = FeatureEngine(view: plant.view, predictEverySeconds: 0, allowedLateness: .seconds(300))
        var training = FeatureEngine(view: plant.view, predictEverySeconds: 0, allowedLateness: .zero)
        var matrix = FeatureMatrix(columnCount: plant.view.count)
        for sample in plant.samples {
            guard case .newest(let row) = live.insert(sample) else {
                Issue.record("a row in order did not arrive as the newest")
                return
            }
            let arrival = training.insert(sample, into: &matrix)
            #expect(arrival == (row == nil ? .noRow : .row))
            guard let row else { continue }
            #expect(matrix[matrix.rowCount - 1].map(\.bitPattern) == row.values.map(\.bitPattern))
        }
    }
}
