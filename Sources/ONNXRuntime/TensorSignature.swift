import CONNXRuntime

/// A float tensor `[rows, width]` that a model takes or gives.
package struct TensorSignature: Hashable, Sendable {
    package let name: String
    /// Values per row.
    package let width: Int
}

/// A session's handle together with the names and shapes that it declares.
struct DeclaredTensors {
    let library: ONNXRuntimeLibrary
    let session: OpaquePointer

    func inputs() throws(ONNXRuntimeError) -> [TensorSignature] {
        let api = library.api.pointee
        return try tensors(api.sessionGetInputCount, api.sessionGetInputName, api.sessionGetInputTypeInfo)
    }

    func outputs() throws(ONNXRuntimeError) -> [TensorSignature] {
        let api = library.api.pointee
        return try tensors(api.sessionGetOutputCount, api.sessionGetOutputName, api.sessionGetOutputTypeInfo)
    }

    private func check(_ status: OpaquePointer?) throws(ONNXRuntimeError) {
        try ONNXRuntimeLibrary.check(library.api, status, .signatureMismatch)
    }

    private func tensors(
        _ getCount: (OpaquePointer, UnsafeMutablePointer<Int>) -> OpaquePointer?,
        _ getName:
            (OpaquePointer, Int, OpaquePointer, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> OpaquePointer?,
        _ getType: (OpaquePointer, Int, UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
    ) throws(ONNXRuntimeError) -> [TensorSignature] {
        var allocator: OpaquePointer?
        try check(library.api.pointee.getDefaultAllocator(&allocator))
        guard let allocator else { throw ONNXRuntimeError(.signatureMismatch, "there is no default allocator") }
        var count = 0
        try check(getCount(session, &count))
        var signatures: [TensorSignature] = []
        for index in 0..<count {
            var characters: UnsafeMutablePointer<CChar>?
            try check(getName(session, index, allocator, &characters))
            guard let characters else { throw ONNXRuntimeError(.signatureMismatch, "tensor \(index) has no name") }
            let name = String(cString: characters)
            try check(library.api.pointee.allocatorFree(allocator, characters))
            var type: OpaquePointer?
            try check(getType(session, index, &type))
            guard let type else { throw ONNXRuntimeError(.signatureMismatch, "'\(name)' has no type") }
            defer { library.api.pointee.releaseTypeInfo(type) }
            signatures.append(TensorSignature(name: name, width: try width(of: type, name: name)))
        }
        return signatures
    }

    /// The second dimension of a float tensor of two.
    private func width(of type: OpaquePointer, name: String) throws(ONNXRuntimeError) -> Int {
        let api = library.api.pointee
        var kind: CInt = 0
        try check(api.getTypeFromTypeInfo(type, &kind))
        var shape: OpaquePointer?
        if kind == conn_type_tensor { try check(api.castTypeInfoToShapeInfo(type, &shape)) }
        guard let shape else { throw ONNXRuntimeError(.signatureMismatch, "'\(name)' is not a tensor") }
        var element: CInt = 0
        try check(api.getElementType(shape, &element))
        var rank = 0
        try check(api.getRank(shape, &rank))
        var dimensions = [Int64](repeating: 0, count: rank)
        try check(api.getDimensions(shape, &dimensions, rank))
        guard element == conn_element_float, rank == 2, dimensions[0] < 0, dimensions[1] > 0 else {
            throw ONNXRuntimeError(
                .signatureMismatch,
                "'\(name)' has element type \(element) and shape \(dimensions); floats [rows, width] are needed"
            )
        }
        return Int(dimensions[1])
    }
}
