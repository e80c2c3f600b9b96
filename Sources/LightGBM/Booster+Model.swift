import CLightGBM

extension Booster {
    /// How many values a row's score has: 1, or one per class.
    package var classCount: Int {
        get throws(LightGBMError) {
            var count: CInt = 0
            try library.call { $0.boosterGetClassCount(handle, &count) }
            return Int(count)
        }
    }

    /// The width of the rows that it learned from.
    package var featureCount: Int {
        get throws(LightGBMError) {
            var count: CInt = 0
            try library.call { $0.boosterGetFeatureCount(handle, &count) }
            return Int(count)
        }
    }

    /// Iterations grown so far; each has one tree per class.
    package var iterationCount: Int {
        get throws(LightGBMError) {
            var count: CInt = 0
            try library.call { $0.boosterGetCurrentIteration(handle, &count) }
            return Int(count)
        }
    }

    /// The model's first iterations, or all, in LightGBM's text format.
    package func modelText(iterations: Int? = nil) throws(LightGBMError) -> String {
        var text: [CChar] = []
        var length: Int64 = 0
        // The first call tells the length, its closing NUL included.
        for _ in 0..<2 {
            text = [CChar](repeating: 0, count: Int(length))
            try library.call {
                $0.boosterSaveModelToString(
                    handle,
                    0,
                    iterations.map { CInt(clamping: $0) } ?? -1,
                    CInt(clightgbm_importance_gain),
                    Int64(text.count),
                    &length,
                    &text
                )
            }
        }
        return String(nulTerminated: text)
    }

    /// What each feature's splits gained in training, summed over the first iterations, or all; 0 for a feature that
    /// no split uses.
    package func gains(iterations: Int? = nil) throws(LightGBMError) -> [Double] {
        var gains = [Double](repeating: 0, count: try featureCount)
        try library.call {
            $0.boosterFeatureImportance(
                handle,
                iterations.map { CInt(clamping: $0) } ?? -1,
                CInt(clightgbm_importance_gain),
                &gains
            )
        }
        return gains
    }
}
