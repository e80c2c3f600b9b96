import Logging
import ServiceLifecycle
import Serving
import UnixSignals
import Web

/// Sees to it that a renewed certificate serves: looks at its files each minute, and at once when told by SIGHUP.
struct CertificateUpkeep: Service {
    let certificate: ServerCertificate
    let logger: Logger

    private static let interval = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        look(isAsked: false)
                        try? await Task.sleep(for: Self.interval)
                    }
                }
                group.addTask {
                    let signals = await UnixSignalsSequence(trapping: .sighup)
                    logger.debug("SIGHUP has the certificate read again")
                    for await _ in signals { look(isAsked: true) }
                }
            }
        }
    }

    private func look(isAsked: Bool) { certificate.look(isAsked: isAsked, at: SystemTime().now, logger: logger) }
}
