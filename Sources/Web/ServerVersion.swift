/// Which Eagle this is.
package enum ServerVersion {
    package static let text = "0.1.0"
}
