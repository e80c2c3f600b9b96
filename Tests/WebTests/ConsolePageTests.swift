import Foundation
import Testing

@testable import Web

/// The console asks for nothing that is not there.
@Suite struct ConsolePageTests {
    @Test func `every operation that the console calls is in the contract`() throws {
        let page = ConsolePage.source
        let operations = try Contract.served.get().operations
        let calls = page.matches(of: /(?:call|callText|ask)\((?:"([A-Z]+)", )?"(\/[^"?]*)/)
        #expect(calls.count > 20)
        for call in calls {
            let method = call.1.map(String.init) ?? "GET"
            let path = "/api/v1" + (call.2.hasSuffix("/") ? call.2.dropLast() : call.2)
            let operation = "\(method) \(path)"
            let isThere = operations.contains { $0 == operation || $0.hasPrefix(operation + "/{") }
            #expect(isThere, "\(method) \(path)")
        }
    }

    @Test func `the page has no place left to fill, and loads nothing from elsewhere`() {
        let page = ConsolePage.source
        #expect(!page.replacing("{{nonce}}", with: "").contains("{{"))
        #expect(!page.contains("http://") || page.components(separatedBy: "http://").count == 2)  // SVG's name alone.
        #expect(page.components(separatedBy: "<script").count == 2)
    }

    /// The page does not know what of its address is a proxy's; the server does, and sends people back to its console.
    @Test func `the way back from an issuer is the server's to say`() {
        #expect(ConsolePage.source.contains("/start\""))
        #expect(!ConsolePage.source.contains("return="))
    }

    @Test(arguments: ["snapshot", "alert", "heartbeat", "training", "explanation", "system"])
    func `the console hears every kind of frame that a stream tells`(kind: String) {
        #expect(ConsolePage.source.contains("case \"\(kind)\":"))
    }

    /// What is drawn of alarms, each with its colour in bars and legend.
    @Test func `the bars of accuracy have each place in which an alarm is counted, and call nothing else unknown`() {
        let page = ConsolePage.source
        let parts = page.matches(of: /\["([a-z]+)", "([a-z ]+)", \(a\) => ([a-z. +]+)\]/)
        let places = parts.flatMap { $0.3.split(separator: " + ").map { String($0.dropFirst(2)) } }
        let counted = ["right", "wrong", "contradicted", "disputed", "recorded", "open", "unknown"]
        #expect(places.sorted() == counted.sorted())
        #expect(parts.contains { $0.2 == "unknown" && $0.3 == "a.unknown" })
        for part in parts {
            #expect(page.contains(".chart .\(part.1) { fill:") && page.contains(".legend .\(part.1) { background:"))
        }
    }

    /// A figure that the headline has too reads alike, and a value is told apart from the limit that it exceeds.
    @Test func `what is short of certain is not drawn as 100 %, nor a value as its limit`() {
        let page = ConsolePage.source
        #expect(page.contains("p >= 0.99 && p < 1 ? \"over 99\""))
        #expect(page.contains("numberBeside(rule.measured, rule.limit)"))
    }

    /// A card may stand for hours: its times to failure count from the row that was predicted, not from now.
    @Test func `no time to failure is drawn without the time of its prediction`() {
        let page = ConsolePage.source
        let spoken = page.split(separator: "\n").filter { $0.contains("\"if it fails, in ") }
        #expect(spoken.count == 2 && spoken.allSatisfy { $0.contains(", as of \" + time(") }, "\(spoken)")
        #expect(page.contains("said.dataset.predicted = prediction.at"))
        #expect(!page.contains("el(\"p\", \"headline\", alarm.headline)"))
    }

    /// The page's files are one script: a name that two of them declare stops all of it.
    @Test func `no name is declared twice`() {
        let names = ConsolePage.source.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /^(?:const|let|class|function|async function) ([A-Za-z_$][A-Za-z0-9_$]*)/).map {
                String($0.1)
            }
        }
        #expect(names.count > 80)
        let repeated = Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
        #expect(repeated.isEmpty, "declared twice: \(repeated)")
    }
}
