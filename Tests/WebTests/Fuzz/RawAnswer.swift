import Foundation

@testable import Web

/// One answer, read out of bytes strictly: RFC 9112, sections 4 to 7.
struct RawAnswer: Sendable {
    let status: Int
    /// By lower-case names.
    let headers: [String: String]
    let body: [UInt8]
    /// The head as it came.
    let head: String

    var answer: Answer { Answer(status: status, headers: headers, body: Data(body)) }

    struct Malformed: Error {
        let reason: String
    }

    /// All answers in what a connection brought, from the first one's first byte on; the bytes behind the last, such as
    /// what follows an upgrade; and what can't be read as an answer, if anything.
    ///
    /// The methods are the requests', as far as they are known: a HEAD's answer has no body.
    static func all(
        in bytes: [UInt8],
        methods: [String]
    ) -> (answers: [RawAnswer], rest: [UInt8], failure: Malformed?) {
        var answers: [RawAnswer] = []
        var rest = bytes[...]
        while !rest.isEmpty, answers.last?.status != 101 {
            let method = answers.count < methods.count ? methods[answers.count] : nil
            do throws(Malformed) { answers.append(try next(in: &rest, isHead: method == "HEAD")) } catch {
                return (answers, Array(rest), error)
            }
        }
        return (answers, Array(rest), nil)
    }

    private static let emptyLine = Array("\r\n\r\n".utf8)

    private static func next(in rest: inout ArraySlice<UInt8>, isHead: Bool) throws(Malformed) -> RawAnswer {
        guard let end = rest.firstRange(of: emptyLine) else { throw Malformed(reason: "a head without an end") }
        guard let head = String(validating: rest[..<end.lowerBound], as: UTF8.self) else {
            throw Malformed(reason: "a head that is no text")
        }
        rest = rest[end.upperBound...]
        // CR and LF are one character to Swift, and none of a header's value may hold either.
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let status = lines[0].split(separator: " ", maxSplits: 2)
        guard status.count >= 2, status[0] == "HTTP/1.1" || status[0] == "HTTP/1.0", let code = Int(status[1]) else {
            throw Malformed(reason: "the status line '\(lines[0].prefix(80))'")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty, !line.utf8.contains(10), !line.utf8.contains(13) else {
                throw Malformed(reason: "the header line '\(line.prefix(80))'")
            }
            headers[halves[0].lowercased()] = String(halves[1].trimmed)
        }
        // Who answers a head that was too long to be read does not know that it was a HEAD's.
        let hasBody = (!isHead || code == 431) && code != 204 && code != 304 && code >= 200
        let body = hasBody ? try body(in: &rest, headers) : []
        return RawAnswer(status: code, headers: headers, body: body, head: head)
    }

    private static func body(
        in rest: inout ArraySlice<UInt8>,
        _ headers: [String: String]
    ) throws(Malformed) -> [UInt8] {
        if headers["transfer-encoding"] == "chunked" {
            guard headers["content-length"] == nil else { throw Malformed(reason: "two lengths of one body") }
            return try chunked(&rest)
        }
        guard let length = headers["content-length"].flatMap({ Int($0) }) else {
            throw Malformed(reason: "a body of no known length")
        }
        guard length >= 0, length <= rest.count else { throw Malformed(reason: "a body that breaks off") }
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }

    private static func chunked(_ rest: inout ArraySlice<UInt8>) throws(Malformed) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard let end = rest.firstRange(of: Array("\r\n".utf8)),
                let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16),
                rest.distance(from: end.upperBound, to: rest.endIndex) >= size + 2
            else { throw Malformed(reason: "a chunk that breaks off") }
            body += rest[end.upperBound..<end.upperBound + size]
            rest = rest[(end.upperBound + size + 2)...]
            if size == 0 { return body }
        }
    }
}
