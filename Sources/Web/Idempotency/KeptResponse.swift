import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// An answer as it is kept.
struct KeptResponse: Codable, Sendable {
    private struct Field: Codable, Sendable {
        let name: String
        let value: String
    }

    private let status: Int
    private let fields: [Field]
    private let body: Data

    init(_ response: Response, body: ByteBuffer) {
        status = response.status.code
        fields = response.headers.map { Field(name: $0.name.canonicalName, value: $0.value) }
        self.body = Data(body.readableBytesView)
    }

    /// The same again, and that it is.
    var response: Response {
        var headers = HTTPFields()
        for field in fields {
            if let name = HTTPField.Name(field.name) { headers[name] = field.value }
        }
        headers[.idempotencyReplayed] = "true"
        return Response(
            status: HTTPResponse.Status(code: status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}

/// Takes a body as a connection would.
final class CollectedBody: ResponseBodyWriter, Sendable {
    private let buffer = Mutex(ByteBuffer())

    var bytes: ByteBuffer { buffer.withLock { $0 } }

    func write(_ part: ByteBuffer) async throws { buffer.withLock { _ = $0.writeImmutableBuffer(part) } }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
