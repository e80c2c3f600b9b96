/// How far a source vouches for a value, after OPC UA Part 8, 6.3: only a good one is used.
package enum Quality: String, Hashable, Sendable, Codable { case good, uncertain, bad }
