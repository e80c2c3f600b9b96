import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct PackedValuesTests {
    static let odd: [Double] = [
        .nan, -.nan, .signalingNaN, Double(nan: 5, signaling: false), .infinity, -.infinity, 0, -0.0, 1, -1, 127, 128,
        -128, -129, 0.5, 0.1, 850.2, Double(Float(850.2)), .leastNonzeroMagnitude, .leastNormalMagnitude,
        Double(Float.leastNonzeroMagnitude), Double(Float.greatestFiniteMagnitude), .greatestFiniteMagnitude, 1e300,
        16_777_217, 1.0.nextUp,
    ]

    private func returns(_ values: [Double], _ notGood: Set<Int> = []) throws {
        let (back, backNotGood) = try PackedValues.unpacked(PackedValues.packed(values, notGood: notGood))
        #expect(back.map(\.bitPattern) == values.map(\.bitPattern))
        #expect(backNotGood == notGood)
    }

    @Test func `odd values come back bit for bit, wherever they stand`() throws {
        try returns(Self.odd)
        for count in 0...9 { try returns(Array(Self.odd.prefix(count))) }
        for value in Self.odd { try returns([value]) }
    }

    @Test func `any values and qualities come back bit for bit`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...70, using: &generator)
            let values = (0..<count).map { _ -> Double in
                switch UInt8.random(in: 0...4, using: &generator) {
                case 0: Double(bitPattern: generator.next())
                case 1: .nan
                case 2: Double(Int.random(in: -200...200, using: &generator))
                case 3: Double(Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator)))
                default: Self.odd[Int.random(in: Self.odd.indices, using: &generator)]
                }
            }
            let notGood = Set((0..<count).filter { _ in Bool.random(using: &generator) })
            try returns(values, notGood)
        }
    }

    @Test func `equal rows have equal bytes, others do not`() {
        let bytes = PackedValues.packed([1, .nan], notGood: [0, 1])
        #expect(bytes == PackedValues.packed([1, .nan], notGood: [1, 0]))
        #expect(bytes != PackedValues.packed([1, .nan], notGood: [0]))
        #expect(PackedValues.packed([0], notGood: []) != PackedValues.packed([-0.0], notGood: []))
        #expect(PackedValues.packed([1], notGood: []) != PackedValues.packed([1, .nan], notGood: []))
    }

    @Test func `booleans and missing values take little room`() {
        let bytes = PackedValues.packed(
            [Double](repeating: 1, count: 20) + [Double](repeating: .nan, count: 20),
            notGood: []
        )
        #expect(bytes.count == 3 + 10 + 20)
    }

    @Test func `damaged bytes are an error, never other values`() {
        let bytes = PackedValues.packed([1, 850.2, 0.1, .nan, 3], notGood: [2])
        for count in 0..<bytes.count where (bytes.count - count) != 2 {
            #expect(throws: StorageError.self) { try PackedValues.unpacked(bytes.prefix(count)) }
        }
        #expect(throws: StorageError.self) { try PackedValues.unpacked(bytes + Data([0])) }
        #expect(throws: StorageError.self) { try PackedValues.unpacked(Data([2]) + bytes.dropFirst()) }
        #expect(throws: StorageError.self) { try PackedValues.unpacked(bytes + Data([5, 0])) }
    }
}
