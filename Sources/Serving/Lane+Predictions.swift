import Alarms
import Features
import Logging
import Models
import Plant

/// How a lane asks its model, in time or late.
extension Lane {
    /// Asks the model that serves; where it can't answer in time, rules go on alone and its rows wait.
    func predict(_ rows: [DueRow], _ state: inout LaneState) async throws -> BatchAnswer {
        var answer = BatchAnswer(to: rows)
        guard let model = state.serving?.model else { return answer }
        let rows = rows.filter { model.canJudge($0.row) }
        guard state.mayAsk, !rows.isEmpty else { return answer }
        guard let said = try await ask(rows, .live, &state) else {
            answer.unanswered = rows
            return answer
        }
        answer.predictions = said
        for (index, due) in rows.enumerated() { answer.predictions[index].prediction.isCorrected = due.isCorrection }
        return answer
    }

    /// Asks again for rows that had no answer in time and are still the newest that were due of their assets.
    func retry(_ state: inout LaneState) async throws {
        guard state.mayAsk else { return }
        let waitingCount = state.waiting.count
        let rows = state.dueRows(at: time.now)
        // A try that is none would only put the next one off.
        guard !rows.isEmpty, !state.isResting(at: time.now) else {
            if state.waiting.count != waitingCount { publish(state) }
            return
        }
        if var said = try await ask(rows, .late, &state) {
            for index in said.indices { said[index].prediction.isLate = true }
            if let commit = try state.conclude(late: said, at: time.now) { try await tell(commit, &state) }
        } else {
            state.failed(late: rows, at: time.now)
        }
        publish(state)
    }

    /// What the model says of rows, in their order; nil where it does not.
    private func ask(
        _ rows: [DueRow],
        _ priority: PredictionPriority,
        _ state: inout LaneState
    ) async throws -> [RowPrediction]? {
        guard let model = state.serving?.model else { return nil }
        guard !state.isResting(at: time.now), state.breaker.mayCall(at: time.now) else { return nil }
        let answer: (outputs: [ModelOutput], model: LoadedModel)
        do {
            answer = try await predictions.outputs(
                for: rows.map(\.row.values),
                of: model.version,
                priority: priority,
                in: scope
            )
        } catch is TooManyRows {
            return nil  // The model is not to blame: its rows wait, and are asked again.
        } catch {
            logger.error("prediction failed, rules go on alone", metadata: ["error": "\(error)"])
            state.overdue = error as? Overdue
            if let error = error as? ModelError, !error.isTransient {
                try await takeOut(model.version, because: error, &state)
            } else {
                state.breaker.failed(at: time.now)
            }
            return nil
        }
        state.breaker.succeeded()
        if state.believe(model.version, at: time.now) { try await clearUnwell(state) }
        return zip(rows, answer.outputs).map { due, output in
            RowPrediction(
                prediction: output.prediction(asset: due.row.asset, instant: due.row.instant, version: model.version),
                row: due.row,
                sequence: due.sequence,
                model: answer.model
            )
        }
    }

    /// Asks a model no more that is unwell; rules go on alone, and the admins are told once.
    func takeOut(_ version: ModelVersion, because error: ModelError, _ state: inout LaneState) async throws {
        guard state.serving?.model.version == version else { return }
        predictions.registry.release(version, in: scope)
        if let commit = try state.takeOut(version, because: error, at: time.now) { try await tell(commit, &state) }
        try await report(error, of: version)
    }

    func report(_ error: ModelError, of version: ModelVersion) async throws {
        logger.error("the model can't be served", metadata: ["version": "\(version)", "error": "\(error)"])
        try await system.raise(.modelUnwell, version.hash, "Model \(version): \(error.message).", in: scope)
    }

    /// Ends what the admins were told of models, once the one that is to serve does so again.
    func clearUnwell(_ state: LaneState) async throws {
        if state.isWell { try await system.clear(.modelUnwell, in: scope) }
    }

    /// Says once when nothing has come for too long, and when something comes again.
    func watchSource(_ state: inout LaneState) async throws {
        guard let silence = state.silence(at: time.now), let limit = state.staleAfter else { return }
        let isLost = silence >= limit
        // After a restart nobody knows whether it is back before something has come.
        guard isLost != state.isSourceLost, isLost || state.hasHeard else { return }
        if isLost {
            let problem = board.status(in: scope).sourceProblem.map { ": " + $0 } ?? ""
            let minutes = Int(silence.minutes.rounded(.down))
            try await system.raise(
                .sourceLost,
                "source",
                "No reading has come for \(minutes) minutes\(problem). Predictions rest until one does.",
                in: scope
            )
        } else {
            try await system.clear(.sourceLost, in: scope)
        }
        state.isSourceLost = isLost
    }
}
