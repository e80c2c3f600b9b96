import Alarms
import NIOCore
import Plant
import Synchronization

/// Who is on an organization's stream, by the event loop of his connection.
///
/// An alert is written to all of a loop's connections in one go, on the loop itself: to wake a task for each of ten
/// thousand costs several times as much as to write to their sockets.
final class StreamCrowd: Sendable {
    private struct Circle {
        let loop: any EventLoop
        var members: [Int: StreamMember] = [:]
    }

    private struct State {
        var circles: [ID<Organization>: [ObjectIdentifier: Circle]] = [:]
        var nextNumber = 0
    }

    /// A member's place, by which it leaves.
    struct Place: Sendable {
        fileprivate let organization: ID<Organization>
        fileprivate let loop: ObjectIdentifier
        fileprivate let number: Int
    }

    private let state = Mutex(State())
    private let frames: AlertFrames
    private let metrics: WebMetrics

    init(frames: AlertFrames, metrics: WebMetrics) {
        self.frames = frames
        self.metrics = metrics
    }

    func join(_ member: StreamMember, in scope: OrganizationScope) -> Place {
        let loop = member.eventLoop
        return state.withLock { state in
            state.nextNumber += 1
            let place = Place(organization: scope.id, loop: ObjectIdentifier(loop), number: state.nextNumber)
            state.circles[scope.id, default: [:]][place.loop, default: Circle(loop: loop)].members[place.number] =
                member
            return place
        }
    }

    func leave(_ place: Place) {
        state.withLock { state in
            state.circles[place.organization]?[place.loop]?.members[place.number] = nil
            if state.circles[place.organization]?[place.loop]?.members.isEmpty ?? false {
                state.circles[place.organization]?[place.loop] = nil
            }
            if state.circles[place.organization]?.isEmpty ?? false { state.circles[place.organization] = nil }
        }
    }

    /// How many are on an organization's stream.
    func count(in scope: OrganizationScope) -> Int {
        state.withLock { ($0.circles[scope.id] ?? [:]).values.reduce(0) { $0 + $1.members.count } }
    }

    /// Tells what is committed already, in its order; waits for nobody.
    func tell(_ alerts: [Alert], in scope: OrganizationScope) {
        let circles = state.withLock {
            ($0.circles[scope.id] ?? [:]).values.map { ($0.loop, Array($0.members.values)) }
        }
        guard !circles.isEmpty else { return }
        // One that can't be written is the store's to tell, and the session's to complain of.
        let told = alerts.map { ToldAlert(sequence: $0.sequence, text: try? frames.text(of: $0, in: scope)) }
        for (loop, members) in circles {
            loop.execute { [metrics] in
                metrics.framesSent(members.reduce(0) { $0 + $1.hear(told) })
            }
        }
    }
}
