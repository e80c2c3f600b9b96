import Testing

@testable import Delivery

@Suite struct LookupQueueTests {
    private typealias Queue = LookupQueue<Int>

    private static func name(_ organization: String, _ host: String) -> Queue.Name {
        Queue.Name(organization: organization, host: host)
    }

    @Test func `a fourth name of an organization waits, and begins when another has ended`() {
        var queue = Queue(runningCountMax: 12)
        let names = (0..<5).map { Self.name("northwind", "h\($0)") }
        let begun = names.enumerated().map { queue.join($0.offset, for: $0.element).toBegin }
        #expect(begun == [[names[0]], [names[1]], [names[2]], [], []])
        #expect(queue.ended(names[1]).toBegin == [names[3]])
        #expect(queue.ended(names[0]).toBegin == [names[4]])
    }

    @Test func `names that hang in four organizations leave threads to the others`() {
        var queue = Queue(runningCountMax: 12)
        var begun: [Queue.Name] = []
        for organization in 0..<4 {
            for host in 0..<3 { begun += queue.join(0, for: Self.name("slow\(organization)", "h\(host)")).toBegin }
        }
        #expect(begun.count == 8)
        for organization in 0..<4 {
            let name = Self.name("quick\(organization)", "h")
            #expect(queue.join(0, for: name).toBegin == [name])
        }
        // All threads are busy: the next in line is one whose organization has none.
        let late = Self.name("late", "h")
        #expect(queue.join(0, for: late).toBegin.isEmpty)
        #expect(queue.ended(Self.name("quick0", "h")).toBegin == [late])
    }

    @Test func `an organization whose names come too late has no more than half of the threads`() {
        var queue = Queue(runningCountMax: 2)
        let slow = Self.name("slow", "h")
        queue.leave(queue.join(1, for: slow).ticket)
        #expect(queue.ended(slow).waiters.isEmpty)
        let quick = [Self.name("northwind", "h"), Self.name("contoso", "h")]
        #expect(queue.join(2, for: quick[0]).toBegin == [quick[0]])
        #expect(queue.join(3, for: slow).toBegin.isEmpty)
        #expect(queue.join(4, for: quick[1]).toBegin == [quick[1]])
        #expect(queue.ended(quick[0]).toBegin.isEmpty)
        #expect(queue.ended(quick[1]).toBegin == [slow])
        // In time this once: it is like the others again.
        #expect(queue.ended(slow).waiters == [3])
        #expect(queue.join(5, for: quick[0]).toBegin == [quick[0]])
        #expect(queue.join(6, for: slow).toBegin == [slow])
    }

    @Test func `an organization's waiters share a look-up, and none is shared between two`() {
        var queue = Queue(runningCountMax: 12)
        let (own, other) = (Self.name("northwind", "h"), Self.name("contoso", "h"))
        #expect(queue.join(1, for: own).toBegin == [own])
        #expect(queue.join(2, for: own).toBegin.isEmpty)
        #expect(queue.join(3, for: other).toBegin == [other])
        #expect(queue.ended(own).waiters.sorted() == [1, 2])
        #expect(queue.ended(other).waiters == [3])
    }

    @Test func `what nobody waits for any more never begins`() {
        var queue = Queue(runningCountMax: 1)
        let names = (0..<3).map { Self.name("northwind", "h\($0)") }
        let tickets = names.map { queue.join(0, for: $0).ticket }
        queue.leave(tickets[1])
        #expect(queue.ended(names[0]).toBegin == [names[2]])
        // A ticket of one that has ended takes nobody's place.
        let again = queue.join(7, for: names[0])
        queue.leave(tickets[0])
        #expect(queue.ended(names[2]).toBegin == [names[0]])
        #expect(queue.ended(again.ticket.name).waiters == [7])
    }
}
