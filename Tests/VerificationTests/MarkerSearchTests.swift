import Testing

@testable import Verification

@Suite struct MarkerSearchTests {}
