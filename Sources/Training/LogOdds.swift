import Glibc

enum LogOdds {
    static func of(_ probability: Double) -> Double { log(probability / (1 - probability)) }
    static func probability(_ odds: Double) -> Double { 1 / (1 + exp(-odds)) }
}
