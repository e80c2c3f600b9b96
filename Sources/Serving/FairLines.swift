import DequeModule
import Plant

/// What waits, by organization: those take turns, so that one with much in line is one piece ahead of anybody, and no
/// more.
struct FairLines<Item: Equatable & Sendable>: Sendable {
    private var lines: [ID<Organization>: Deque<Item>] = [:]
    /// Those that have something in line, each once.
    private var turns: Deque<ID<Organization>> = []

    mutating func append(_ item: Item, of organization: ID<Organization>) {
        enter(organization)
        lines[organization, default: []].append(item)
    }

    /// Before all else of its organization, whose turn comes no sooner for it.
    mutating func prepend(_ item: Item, of organization: ID<Organization>) {
        enter(organization)
        lines[organization, default: []].prepend(item)
    }

    mutating func remove(_ item: Item, of organization: ID<Organization>) {
        guard let index = lines[organization]?.firstIndex(of: item) else { return }
        lines[organization]?.remove(at: index)
        guard lines[organization]?.isEmpty ?? true else { return }
        leave(organization)
    }

    /// All that an organization has in line, taken out of it.
    mutating func removeAll(of organization: ID<Organization>) -> Deque<Item> {
        guard let line = lines[organization] else { return [] }
        leave(organization)
        return line
    }

    /// What the first organization that finds something takes out of its line.
    ///
    /// Its next turn comes after those of all others; who finds nothing keeps its place.
    mutating func next(_ take: (ID<Organization>, inout Deque<Item>) -> Item?) -> Item? {
        var index = 0
        while index < turns.count {
            let organization = turns[index]
            let item = take(organization, &lines[organization, default: []])
            let isEmpty = lines[organization]?.isEmpty ?? true
            if item == nil, !isEmpty {
                index += 1
                continue
            }
            turns.remove(at: index)
            if isEmpty { lines[organization] = nil } else { turns.append(organization) }
            if let item { return item }
        }
        return nil
    }

    private mutating func enter(_ organization: ID<Organization>) {
        if lines[organization] == nil { turns.append(organization) }
    }

    private mutating func leave(_ organization: ID<Organization>) {
        lines[organization] = nil
        turns.removeAll { $0 == organization }
    }
}
