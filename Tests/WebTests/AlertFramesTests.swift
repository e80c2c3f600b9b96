import Alarms
import Foundation
import NIOCore
import Plant
import TestSupport
import Testing

@testable import Web

@Suite struct AlertFramesTests {
    private let north = OrganizationScope(provenFor: ID(UUID()))
    private let south = OrganizationScope(provenFor: ID(UUID()))

    private func alert(_ sequence: Int64, of asset: String) -> Alert {
        let cause = AlarmCause(source: .rule("r"), type: .warning, since: .t0, message: "x is 1 above 2")
        let alarm = Alarm(
            id: ID(UUID()),
            asset: asset,
            condition: .rule("r"),
            type: .warning,
            state: .unacknowledged,
            raisedAt: .t0,
            causes: [cause]
        )
        return Alert(sequence: sequence, transition: AlarmTransition(alarm: alarm, change: .raised, at: .t0))
    }

    @Test func `an alert is encoded once, as the document that the API gives`() throws {
        let frames = AlertFrames()
        let alert = alert(1, of: "pump")
        let first = try frames.text(of: alert, in: north)
        #expect(try first == JSONText.encode(AlertDocument(alert)))
        // The same memory, not the same words: the encoder would be slow for ten thousand.
        let again = try frames.text(of: alert, in: north)
        #expect(first.withUnsafeReadableBytes { $0.baseAddress } == again.withUnsafeReadableBytes { $0.baseAddress })
    }

    @Test func `what has the same number in another organization is another alert`() throws {
        let frames = AlertFrames()
        let ours = try frames.text(of: alert(1, of: "ours"), in: north)
        #expect(frames.texts(after: 0, limit: 9, in: south).isEmpty)
        let theirs = try frames.text(of: alert(1, of: "theirs"), in: south)
        #expect(!String(buffer: theirs).contains("ours") && String(buffer: ours).contains("ours"))
        #expect(frames.texts(after: 0, limit: 9, in: south) == [theirs])
    }

    @Test func `what is at hand comes without a gap, and the oldest make room`() throws {
        let frames = AlertFrames(countMax: 4)
        var texts: [String] = []
        for sequence in [1, 2, 4, 5, 6] as [Int64] {
            texts.append(String(buffer: try frames.text(of: alert(sequence, of: "pump"), in: north)))
        }
        func after(_ sequence: Int64, _ limit: Int = 9) -> [String] {
            frames.texts(after: sequence, limit: limit, in: north).map { String(buffer: $0) }
        }
        #expect(after(0).isEmpty)
        #expect(after(1) == [texts[1]])
        #expect(after(3) == Array(texts[2...]))
        #expect(after(3, 2) == Array(texts[2...3]))
        #expect(after(6).isEmpty)
    }
}
