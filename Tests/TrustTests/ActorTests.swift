import FoundationEssentials
import Plant
import Testing
import Trust

@Suite struct ActorTests {
    @Test(arguments: [Actor.user(ID(UUID())), .apiKey(ID(UUID())), .server, .terminal])
    func `an actor is read as it was written`(actor: Actor) throws {
        #expect(Actor(text: actor.text) == actor)
        #expect(try JSONDecoder().decode([Actor].self, from: JSONEncoder().encode([actor])) == [actor])
    }

    @Test(arguments: ["", "user", "user:", "user:x", "apikey:", "server:", "server:1", "root", "Server"])
    func `any other text names none`(text: String) {
        #expect(Actor(text: text) == nil)
    }

    @Test func `of a text that names nothing it is said where it stands, and what it is not`() {
        func complaint<Value: Decodable>(_ type: Value.Type, _ text: String) -> String? {
            do {
                _ = try JSONDecoder().decode([String: Value].self, from: Data(#"{"a":"\#(text)"}"#.utf8))
                return nil
            } catch DecodingError.dataCorrupted(let context) {
                return "\(context.codingPath.map(\.stringValue)) \(context.debugDescription)"
            } catch {
                return "\(error)"
            }
        }
        #expect(complaint(Actor.self, "root") == #"["a"] 'root' names no actor"#)
        #expect(complaint(KeyID.self, "0123456789ABCDEF") == #"["a"] '0123456789ABCDEF' is no key's id"#)
        #expect(complaint(KeyID.self, "0123456789abcdef") == nil)
    }

    @Test func `a machine may what it was made for, and never more than an admin`() throws {
        let permissions: Set<Permission> = [.writeReadings, .readAlarms, .manageOrganizations]
        let machine = Principal(apiKey: ID(UUID()), organization: ID(UUID()), limitedTo: permissions)
        #expect(machine.user == nil)
        #expect(machine.may(.writeReadings))
        #expect(!machine.may(.readReadings))
        #expect(!machine.may(.manageOrganizations))
        #expect(machine.permissions == [.writeReadings, .readAlarms])
        #expect(throws: AuthorizationError.self) { try Authorizer(machine).systemScope(.manageOrganizations) }
    }

    @Test func `a machine has no organization but its own`() throws {
        let organization = ID<Organization>(UUID())
        let machine = Authorizer(Principal(apiKey: ID(UUID()), organization: organization, limitedTo: [.readAlarms]))
        #expect(try machine.ownScope().id == organization)
        #expect(throws: AuthorizationError(.notFound)) { try machine.scope(for: ID(UUID())) }
    }
}
