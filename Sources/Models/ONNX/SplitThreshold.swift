/// How LightGBM's splits, which compare doubles, become comparisons of `Float32` that decide the same.
package enum SplitThreshold {
    /// LightGBM takes what lies this near to 0 as 0 (`kZeroThreshold`, meta.h).
    package static let zeroMax: Float = 1e-35

    /// The largest `Float32` not above a number: for every `Float32` `x`, `x <= number` exactly when
    /// `x <= floor32(number)`.
    package static func floor32(_ number: Double) -> Float {
        let nearest = Float(number)
        return Double(nearest) > number ? nearest.nextDown : nearest
    }

    /// The threshold to which a `Float32` that has not been taken as 0 compares as LightGBM's own does.
    ///
    /// A threshold within ``zeroMax`` of 0 moves to that limit's edge: all that LightGBM takes as 0 goes one way.
    package static func exported(_ threshold: Double) -> Float {
        let limit = Double(zeroMax)
        if threshold >= -limit, threshold < 0 { return (-zeroMax).nextDown }
        if threshold >= 0, threshold < limit { return zeroMax }
        return floor32(threshold)
    }

    /// Whether NaN goes left at a split: by its default, or as 0 does where the split knows no missing value.
    package static func isMissingLeft(_ split: BoosterText.Split) -> Bool {
        switch split.missing {
        case .none: split.threshold >= 0
        case .zero, .nan: split.isMissingLeft
        }
    }
}
