import Foundation
import Plant
import Testing
import Trust

/// The same exports, verified by a program that shares nothing with this one: docs/audit.md is all it knows.
@Suite struct AuditReferenceTests {
    private static let program = #"""
        import hashlib, json, sys

        P = 2**255 - 19
        L = 2**252 + 27742317777372353535851937790883648493
        D = -121665 * pow(121666, P - 2, P) % P


        def add(a, b):
            (x1, y1), (x2, y2) = a, b
            t = D * x1 * x2 * y1 * y2 % P
            x = (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P
            y = (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P
            return x, y


        def times(n, point):
            result = (0, 1)
            while n:
                if n & 1:
                    result = add(result, point)
                point = add(point, point)
                n >>= 1
            return result


        def decoded(data):
            y = int.from_bytes(data, "little")
            sign, y = y >> 255, y & (2**255 - 1)
            square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
            x = pow(square, (P + 3) // 8, P)
            if x * x % P != square:
                x = x * pow(2, (P - 1) // 4, P) % P
            if x * x % P != square:
                raise ValueError("no point")
            return (P - x if x % 2 != sign else x), y


        B = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


        def is_signed(signature, message, key):
            s = int.from_bytes(signature[32:], "little")
            h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
            return s < L and times(s, B) == add(decoded(signature[:32]), times(h, decoded(key)))


        def fields(texts):
            return b"".join(len(t.encode()).to_bytes(4, "big") + t.encode() for t in texts)


        def verify(lines):
            previous, number, ended = "0" * 64, 0, False
            for line in lines:
                x = json.loads(line)
                if ended:
                    return "something behind the end"
                if x["type"] == "entry":
                    number += 1
                    pairs = sorted(x["metadata"].items(), key=lambda pair: pair[0].encode())
                    texts = ["eagle-audit-entry-1", x["chain"], str(x["number"]), x["at"], x["actor"], x["action"],
                             x["resource"], str(len(pairs))]
                    texts += [text for pair in pairs for text in pair] + [x["previous"]]
                    if x["number"] != number or x["previous"] != previous:
                        return f"entry {number} does not follow"
                    if hashlib.sha256(fields(texts)).hexdigest() != x["hash"]:
                        return f"entry {number} is altered"
                    previous = x["hash"]
                else:
                    message = fields([f"eagle-audit-{x['type']}-1", x["chain"], str(x["number"]), x["hash"], x["at"]])
                    if x["number"] != number or x["hash"] != previous:
                        return f"the head of entry {number} is of another chain"
                    if not is_signed(bytes.fromhex(x["signature"]), message, bytes.fromhex(x["key"])):
                        return f"the head of entry {number} is not signed"
                    ended = x["type"] == "end"
            return "whole" if ended else "cut off"


        print(verify(open(sys.argv[1], encoding="utf-8", newline="\n").read().split("\n")[:-1]))
        """#

    private static func python(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    static let hasPython = (try? python(["-c", "import hashlib, json"]).status) == 0

    private func verdict(on lines: [String]) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: path) }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: path)
        let (status, output) = try Self.python(["-c", Self.program, path.path])
        try #require(status == 0)
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(.enabled(if: hasPython, "there is no python3: nobody else has verified an export"))
    func `another program finds a chain whole, and finds what is changed in it`() throws {
        let chain = try TestChain(count: 60, seed: 21, headEvery: 25)
        let lines = try chain.lines()
        #expect(try verdict(on: lines) == "whole")
        var altered = lines
        altered[10] = AuditLine.entry(chain.entries[10].changed(resource: "x", isHashed: false)).text
        #expect(try verdict(on: altered) == "entry 11 is altered")
        #expect(try verdict(on: Array(lines.dropLast())) == "cut off")
        let forged = try chain.rechained(changing: 30)
        let rechained = Array(try forged.lines().dropLast()) + [lines[lines.count - 1]]
        #expect(try verdict(on: rechained) == "the head of entry 60 is of another chain")
        let forger = try ServerIdentity(rawKey: Array(101...132))
        let text = try forged.head(.end, of: 60, by: forger).text
        let key = AuditHexadecimal.text(chain.identity.publicKey)
        let signed = text.replacing(AuditHexadecimal.text(forger.publicKey), with: key)
        #expect(
            try verdict(on: Array(try forged.lines().dropLast()) + [signed]) == "the head of entry 60 is not signed"
        )
    }
}
