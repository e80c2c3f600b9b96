import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct DeliveryPolicyTests {
    private func policy(_ json: String) throws -> DeliveryPolicy {
        try JSONDecoder().decode(DeliveryPolicy.self, from: Data(json.utf8))
    }

    private func problem(_ json: String) -> SchemaProblem? {
        do {
            _ = try policy(json)
            return nil
        } catch { return error as? SchemaProblem }
    }

    @Test func `a policy is read with its defaults and written as it was read`() throws {
        let text = """
            {"routes":[{"id":"night","severities":["WARNING"],"assets":["furnace-*"],"components":["heater"],\
            "changes":["raised","closed"],"targets":["shift","channel:webPush"],"quietHours":{"timeZone":"Asia/Kolkata",\
            "from":"22:00","to":"06:00","days":["MON"]},"escalation":[{"afterMinutes":15,"targets":["chief"]}]}],\
            "perMinuteMax":5}
            """
        let read = try policy(text)
        let written = try JSONDecoder().decode(DeliveryPolicy.self, from: JSONEncoder().encode(read))
        #expect(written == read)
        #expect(read.routes[0].targets == [.name("shift"), .channel("webPush")])
        #expect(read.targetNames.map(\.name) == ["shift", "chief"])
        #expect(try policy(#"{"routes":[]}"#).perMinuteMax == DeliveryPolicy.perMinuteDefault)
    }

    @Test func `all targets are told of Eagle's own alarms until a policy names some`() throws {
        #expect(try policy(#"{"routes":[]}"#).system == [.all])
        #expect(try policy(#"{"routes":[],"system":[]}"#).system.isEmpty)
        let some = try policy(#"{"routes":[],"system":["channel:webPush","chief"]}"#)
        #expect(some.system == [.channel("webPush"), .name("chief")])
        #expect(some.targetNames.map(\.path) == [["system", "1"]])
        #expect(try JSONDecoder().decode(DeliveryPolicy.self, from: JSONEncoder().encode(some)) == some)
    }

    @Test(arguments: [
        (#"{"routes":[{"id":"","targets":["a"]}]}"#, "routes.0.id"),
        (#"{"routes":[{"id":"a","targets":[]}]}"#, "routes.0.targets"),
        (#"{"routes":[{"id":"a","targets":["x"]},{"id":"a","targets":["x"]}]}"#, "routes.1.id"),
        (#"{"routes":[{"id":"a","targets":["x"],"severities":["LOUD"]}]}"#, "routes.0.severities.0"),
        (#"{"routes":[{"id":"a","targets":["x"],"changes":[]}]}"#, "routes.0.changes"),
        (#"{"routes":[{"id":"a","targets":["x"],"assets":["p",""]}]}"#, "routes.0.assets.1"),
        (#"{"routes":[{"id":"a","targets":["x"],"target":["x"]}]}"#, "routes.0.target"),
        (
            #"{"routes":[{"id":"a","targets":["x"],"escalation":[{"afterMinutes":0,"targets":["y"]}]}]}"#,
            "routes.0.escalation.0.afterMinutes"
        ),
        (
            #"{"routes":[{"id":"a","targets":["x"],"escalation":[{"afterMinutes":9,"targets":["y"]},"#
                + #"{"afterMinutes":9,"targets":["y"]}]}]}"#, "routes.0.escalation.1.afterMinutes"
        ),
        (
            #"{"routes":[{"id":"a","targets":["x"],"escalation":[{"afterMinutes":9,"targets":[]}]}]}"#,
            "routes.0.escalation.0.targets"
        ),
        (
            #"{"routes":[{"id":"a","targets":["x"],"quietHours":{"timeZone":"UTC","from":"25:00","to":"06:00"}}]}"#,
            "routes.0.quietHours.from"
        ),
        (
            #"{"routes":[{"id":"a","targets":["x"],"quietHours":{"timeZone":"UTC","from":"06:00","to":"06:00"}}]}"#,
            "routes.0.quietHours.to"
        ),
        (
            #"{"routes":[{"id":"a","targets":["x"],"quietHours":{"timeZone":"UTC","from":"22:00","to":"06:00","#
                + #""days":["MO"]}}]}"#, "routes.0.quietHours.days.0"
        ),
        (#"{"routes":[],"perMinuteMax":0}"#, "perMinuteMax"),
        (#"{"routes":[],"perMinutMax":5}"#, "perMinutMax"),
    ])
    func `what means nothing is refused with its path`(json: String, path: String) {
        #expect(problem(json)?.path.joined(separator: ".") == path)
    }

    @Test(arguments: [
        (#"{"routes":[{"id":"a","targets":["*","channel:webpush"]}]}"#, "routes.0.targets.1", "channel:webPush"),
        (#"{"routes":[{"id":"a","targets":["channel:mail"]}]}"#, "routes.0.targets.0", "channel:email"),
        (#"{"routes":[{"id":"a","targets":["channel:pigeon"]}]}"#, "routes.0.targets.0", "webhook, email"),
        (
            #"{"routes":[{"id":"a","targets":["x"],"escalation":[{"afterMinutes":9,"targets":["channel:"]}]}]}"#,
            "routes.0.escalation.0.targets.0", "webhook, email"
        ),
        (#"{"routes":[],"system":["channel:Slack"]}"#, "system.0", "channel:slack"),
    ])
    func `a kind of targets that there is not is read, and said to mean nobody`(
        json: String,
        path: String,
        meant: String
    ) throws {
        let problem = try #require(try policy(json).targetProblem)
        #expect(problem.path.joined(separator: ".") == path)
        #expect(problem.message.contains(meant), "\(problem.message)")
    }

    @Test(arguments: DeliveryChannel.Kind.allCases)
    func `every kind of targets can be meant`(kind: DeliveryChannel.Kind) throws {
        #expect(try policy(#"{"routes":[{"id":"a","targets":["channel:\#(kind.rawValue)"]}]}"#).targetProblem == nil)
    }
}
