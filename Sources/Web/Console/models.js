// ---- Models: what serves, what is trained, and whether it was right
const may = (permission) => session !== null && session.user.permissions.includes(permission);
const short = (hash) => hash.slice(0, 8);
const decimals = (x, count) => (x === undefined || x === null ? "can't be judged" : x.toFixed(count));
const RUN = { QUEUED: "waits", STARTED: "goes on", COMPLETED: "done", FAILED: "failed", CANCELLED: "cancelled" };
const ALIAS = { champion: "serves", challenger: "is tried on live rows", predecessor: "watches its successor" };
const runs = new Map();
let view = "plant", modelsTimer = 0, cardOf = null, epoch = 0;

function go(name) {
  view = name;
  for (const page of ["plant", "models", "accuracy", "quality"]) $(page + "View").hidden = name !== page;
  for (const button of document.querySelectorAll("nav button")) {
    button.setAttribute("aria-current", button.dataset.view === name ? "page" : "false");
  }
  if (name === "models") pollModels();
  if (name === "accuracy") pollAccuracy();
  if (name === "quality") pollQuality();
}
for (const button of document.querySelectorAll("nav button")) button.onclick = () => go(button.dataset.view);

function clearModels() {
  clearTimeout(modelsTimer);
  epoch += 1;
  runs.clear();
  cardOf = null;
  for (const list of ["servingList", "whatIf", "trialList", "runList", "scheduleList", "versionList"]) {
    $(list).replaceChildren();
  }
  if (view === "models") pollModels();
}
async function pollModels() {
  clearTimeout(modelsTimer);
  if (!session || !session.organization || document.hidden || view !== "models") return;
  // What was asked for one organization is never drawn under another.
  const mine = epoch, isMine = () => mine === epoch && session !== null;
  try {
    const [models, ledger, trials, page, schedule, serving] = await Promise.all([
      call("GET", "/models"), call("GET", "/models/ledger?alias=champion"), call("GET", "/models/trials"),
      call("GET", "/training-runs?limit=8"), call("GET", "/schedule").catch((error) => { if (error.status === 404) return {}; throw error; }),
      call("GET", "/serving"),
    ]);
    if (!isMine()) return;
    for (const run of page.items) runs.set(run.id, run);
    await drawServing(models.items.find((m) => m.isLive), ledger.items, serving, isMine);
    if (!isMine()) return;
    drawTrials(trials.items);
    drawRuns();
    drawSchedule(schedule);
    drawVersions(models.items);
    if (!isMine()) return;
    $("modelsNote").textContent = "";
  } catch (error) {
    if (isMine()) $("modelsNote").textContent = "Not up to date: " + error.message;
  }
  if (isMine()) { clearTimeout(modelsTimer); modelsTimer = setTimeout(pollModels, 15000); }
}
function hearTraining(run) {
  const known = runs.get(run.id);
  runs.set(run.id, run);
  if (view !== "models") return;
  drawRuns();
  if (!known || known.state !== run.state) pollModels();
}
const pairs = (facts) => {
  const list = el("dl");
  for (const [name, value] of facts) {
    const pair = el("div");
    pair.append(el("dt", "", name), el("dd", "", value));
    list.append(pair);
  }
  return list;
};
function action(text, permission, work, isStrong) {
  const button = el("button", isStrong ? "strong" : "", text);
  button.hidden = !may(permission);
  button.onclick = async () => {
    button.disabled = true;
    try { await work(); } catch (error) { toast(error.message); }
    button.disabled = false;
  };
  return button;
}
// A reason that the ledger keeps, or null where nothing is to be done.
function askReason(title, confirm) {
  const dialog = $("ask");
  $("askTitle").textContent = title;
  $("askText").value = "";
  $("askDo").textContent = confirm;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      const reason = $("askText").value.trim(), isMeant = dialog.returnValue === "do";
      if (isMeant && !reason) toast("Nothing was done: say why.");
      resolve(isMeant && reason ? reason : null);
    };
  });
}

// How the live model is served: where it is, how fast it answers, and what waits.
function servingFacts(model, serving) {
  const resident = serving.cache.mine.resident.find((r) => r.version === model.version), said = serving.predictions;
  const facts = [["in memory", resident ? (resident.byteCount / 1048576).toFixed(1) + " MiB" : "no: its next row loads it"]];
  if (said.p99Milliseconds !== undefined && said.p99Milliseconds !== null) {
    facts.push(["answers in", number(said.p50Milliseconds) + " ms, 99 of 100 within " + number(said.p99Milliseconds) + " ms"]);
  }
  if (serving.waitingRows) facts.push(["rows asked again", String(serving.waitingRows)]);
  if (serving.breakers.model.state !== "closed") facts.push(["breaker", serving.breakers.model.state + " after " + serving.breakers.model.failureCount + " failures"]);
  return facts;
}
const checkNames = { file: "its file", proof: "a fresh session gives the recorded numbers", memory: "the session in memory gives them too", inputs: "your newest values" };
async function checkHealth(version, place) {
  const health = await call("GET", "/models/" + version + "/health");
  place.replaceChildren(...health.checks.map((check) =>
    el("p", check.isWell ? "note" : "", (check.isWell ? "\u2713 " : "\u2717 ") + checkNames[check.name] + ": " + check.detail)));
}

async function drawServing(model, ledger, serving, isMine) {
  const card = el("article", "card stack");
  if (!model) {
    card.append(el("p", "", "No model serves: rules alone raise alarms."),
      el("p", "note", "Train one here, or upload one with eagle model upload."));
    $("whatIf").replaceChildren();
    cardOf = null;
    $("servingList").replaceChildren(card, drawSwitch(serving));
    return;
  }
  if (!cardOf || cardOf.version !== model.version) {
    const fresh = await call("GET", "/models/" + model.version + "/card");
    if (!isMine()) return;
    cardOf = fresh;
    drawWhatIf(model);
  }
  const entry = ledger.find((e) => e.to === model.version), report = cardOf.report, isBaseline = model.kind === "ANOMALY";
  card.append(el("strong", "", (isBaseline ? "Baseline " : "Model ") + short(model.version)));
  if (isBaseline) card.append(el("p", "", "It tells how unusual a row is, not how likely a failure: there were too few failures to learn from."));
  if (entry) card.append(el("p", "note", "since " + time(entry.at) + ", by " + entry.by + ": " + entry.reason));
  // Its own, with which its threshold was chosen: the schema's are the next model's.
  const { raiseAfter, clearBelow } = cardOf.manifest;
  const facts = [["looks ahead", span(model.horizonMinutes * 60)],
    ["alarms from", decimals(model.threshold, 3) + (raiseAfter > 1 ? ", " + raiseAfter + " rows in a row" : "")],
    ["clears below", decimals(model.threshold * clearBelow, 3)], ["features", String(model.featureCount)], ...servingFacts(model, serving)];
  if (report) {
    facts.push(["quality", report.quality === "JUDGED" ? "judged on " + report.judgedFailures + " failures" : "can't be determined: " + report.judgedFailures + " of " + report.neededFailures + " failures"],
      ["caught", report.episodes.episodesDetected + " of " + report.episodes.episodes], ["false alarms", String(report.episodes.falseAlarms)],
      ["PR-AUC", decimals(report.ranking.prAUC, 3)], ["calibration error", decimals(report.ranking.ece, 4)]);
  }
  card.append(pairs(facts));
  const buttons = el("div", "buttons"), health = el("div", "stack");
  buttons.append(action("Save its card", "model:read", () => saveCard(model.version)),
    action("Look whether it is well", "model:read", () => checkHealth(model.version, health)));
  if (ledger.some((e) => e.to && e.to !== model.version)) {
    buttons.append(action("Go back to the one before \u2026", "model:deploy", async () => {
      const reason = await askReason("Go back to the model before this one", "Go back");
      if (reason) { await call("POST", "/models/rollback", { reason }); await pollModels(); }
    }));
  }
  card.append(buttons, health);
  $("servingList").replaceChildren(card, drawSwitch(serving));
}
// Whether the organization's model may raise alarms at all; admins say so.
function drawSwitch(serving) {
  const card = el("article", "card stack"), isOn = serving.predictionEnabled;
  card.append(el("strong", "", isOn ? "Predictions are switched on" : "Predictions are switched off"),
    el("p", "note", isOn ? "What a model predicts raises alarms, beside what rules raise."
      : "Rules alone raise alarms, whatever model serves. Nobody is warned before something fails."));
  const buttons = el("div", "buttons");
  buttons.append(action(isOn ? "Switch predictions off \u2026" : "Switch predictions on", "model:deploy", async () => {
    if (isOn && !await askSure("Switch predictions off?", "Until somebody switches them on again, no model raises an alarm in "
      + session.organization.name + "; rules go on. What only a model sees goes back to normal.", "Switch off")) return;
    await call("PUT", "/prediction-switch", { predictionEnabled: !isOn });
    await pollModels();
  }));
  card.append(buttons);
  return card;
}
// Whether it is really meant.
function askSure(title, text, confirm) {
  const dialog = $("sure");
  $("sureTitle").textContent = title;
  $("sureText").textContent = text;
  $("sureDo").textContent = confirm;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => { dialog.onclose = () => resolve(dialog.returnValue === "do"); });
}
async function saveCard(version) {
  const page = await callText("/models/" + version + "/card", "text/html");
  const link = el("a");
  link.href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  link.download = "model-" + short(version) + ".html";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function drawWhatIf(model) {
  const report = cardOf.report;
  if (!report || !report.operatingPoints.length) { $("whatIf").replaceChildren(); return; }
  const form = el("form", "card stack"), answer = el("p", "", "");
  answer.setAttribute("role", "status");
  const field = (text, value) => {
    const label = el("label", "", text), input = el("input");
    Object.assign(input, { type: "number", min: 0, step: "any", required: true, value });
    label.append(input);
    form.append(label);
    return input;
  };
  form.append(el("strong", "", "What other costs would choose"));
  const missed = field("A missed failure costs", report.missedFailureCost);
  const falsely = field("A false alarm costs", report.falseAlarmCost);
  const ask = async () => {
    try {
      const what = await call("GET", "/models/" + model.version + "/what-if?missedFailureCost=" + missed.value + "&falseAlarmCost=" + falsely.value);
      answer.textContent = "Threshold " + decimals(what.threshold, 3) + ": " + decimals(what.alarmsPerWeek, 1) + " alarms a week, "
        + what.caught + " failures caught, " + what.missed + " missed, cost " + number(what.expectedCost)
        + " instead of " + number(what.costWithoutModel) + " without a model.";
    } catch (error) { answer.textContent = error.message; }
  };
  form.onsubmit = (event) => { event.preventDefault(); ask(); };
  form.append(el("button", "", "Work it out"), answer);
  $("whatIf").replaceChildren(form);
  ask();
}
function drawTrials(trials) {
  $("trials").hidden = !trials.length;
  $("trialList").replaceChildren(...trials.map((trial) => {
    const card = el("article", "card stack"), report = trial.report;
    card.append(el("strong", "", short(trial.version) + " " + ALIAS[trial.alias]));
    if (!report) { card.append(el("p", "note", "No outcome is known yet.")); return card; }
    const strength = (evidence) => Math.max(0, Math.min(1, Math.log(Math.max(1, evidence)) / Math.log(report.neededEvidence)));
    const meter = el("progress");
    meter.value = strength(report.evidenceForRival);
    meter.setAttribute("aria-label", "Evidence that it is better");
    card.append(meter, pairs([
      ["rows both predicted", String(report.rows)], ["failures", report.failures + " of " + report.neededFailures + " needed"],
      ["its Brier score", decimals(report.rivalBrier, 4)], ["the champion's", decimals(report.championBrier, 4)],
      ["evidence for it", number(report.evidenceForRival) + " of " + number(report.neededEvidence)],
      ["against it", number(report.evidenceForChampion) + " of " + number(report.neededEvidence)],
    ]));
    return card;
  }));
}
function drawRuns() {
  const newest = [...runs.values()].sort((a, b) => Date.parse(b.queuedAt) - Date.parse(a.queuedAt)).slice(0, 8);
  const isBusy = newest.some((r) => r.state === "QUEUED" || r.state === "STARTED");
  $("train").hidden = !may("training:run");
  $("train").disabled = isBusy;
  $("runList").replaceChildren(...(newest.length ? newest.map(drawRun) : [el("p", "card note", "Nothing was trained here yet.")]));
}
function drawRun(run) {
  const card = el("article", "card stack"), head = el("div", "row");
  head.append(el("strong", "", run.decision || RUN[run.state] || run.state), el("span", "note", time(run.queuedAt) + " \u00B7 " + run.cause.toLowerCase() + (run.requestedBy ? " by " + run.requestedBy : "")));
  card.append(head);
  if (run.state === "STARTED") {
    const bar = el("progress");
    if (run.progress !== undefined) bar.value = run.progress;
    bar.setAttribute("aria-label", "Training");
    card.append(bar, el("p", "note", run.step || "starting"));
  }
  const words = run.failureReason || run.decisionReason || (run.cancelledBy ? "by " + run.cancelledBy : "");
  if (words) card.append(el("p", run.state === "FAILED" ? "bad" : "note", words));
  if (run.modelVersion) card.append(el("p", "note", "model " + short(run.modelVersion) + " from " + run.rows + " rows"));
  if (run.state === "QUEUED" || run.state === "STARTED") {
    card.append(action("Cancel", "training:run", async () => hearTraining(await call("POST", "/training-runs/" + run.id + "/cancel", {}))));
  }
  return card;
}
$("train").onclick = async () => {
  $("train").disabled = true;
  try { hearTraining(await call("POST", "/training-runs", {})); }
  catch (error) { toast(error.message); $("train").disabled = false; }
};
function drawSchedule(schedule) {
  // Nobody's half-typed form is taken away.
  if ($("scheduleList").contains(document.activeElement) && document.activeElement !== document.body) return;
  const form = el("form", "card stack");
  const next = schedule.nextAt ? "next " + time(schedule.nextAt) : "by itself never";
  form.append(el("p", "note", schedule.cron ? next : "No times are set."));
  const drifted = schedule.drift ? schedule.drift.findings.filter((f) => f.leastEffect >= 0.25).map((f) => f.tag) : [];
  if (schedule.drift) form.append(el("p", "note", drifted.length ? "Drifted: " + drifted.join(", ") : "No tag has drifted, as of " + time(schedule.drift.at)));
  const field = (text, type, value, hint) => {
    const label = el("label", "", text), input = el("input");
    input.type = type;
    if (type === "checkbox") { input.checked = value; label.className = "check"; } else { input.value = value; input.placeholder = hint; }
    input.disabled = !may("training:run");
    label.append(input);
    form.append(label);
    return input;
  };
  const cron = field("Times (cron)", "text", schedule.cron || "", "0 3 * * SUN");
  const zone = field("Time zone", "text", schedule.timeZone || "", "UTC");
  const jitter = field("Jitter in seconds", "number", schedule.jitterSeconds || 0, "0");
  const words = field("After so many new words and failures", "number", schedule.feedbackCount === undefined ? "" : schedule.feedbackCount, "never");
  const drift = field("When readings drift", "checkbox", schedule.onDrift === true);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const wanted = { jitterSeconds: Number(jitter.value) || 0, onDrift: drift.checked };
    if (cron.value.trim()) wanted.cron = cron.value.trim();
    if (zone.value.trim()) wanted.timeZone = zone.value.trim();
    if (words.value) wanted.feedbackCount = Number(words.value);
    document.activeElement.blur();
    try { drawSchedule(await call("PUT", "/schedule", wanted)); toast("The schedule is kept."); }
    catch (error) { toast(error.message); }
  };
  if (may("training:run")) form.append(el("button", "", "Keep"));
  $("scheduleList").replaceChildren(form);
}
function drawVersions(models) {
  const newest = [...models].sort((a, b) => Date.parse(b.registeredAt) - Date.parse(a.registeredAt)).slice(0, 10);
  $("versions").hidden = !newest.length;
  $("versionList").replaceChildren(...newest.map((model) => {
    const card = el("article", "card row");
    card.append(el("strong", "", short(model.version)),
      el("span", "note", (model.kind === "ANOMALY" ? "baseline" : "model of failures") + " \u00B7 " + time(model.registeredAt)));
    const buttons = el("div", "buttons");
    if (model.isLive) buttons.append(el("span", "badge", "serves"));
    else buttons.append(action("Deploy \u2026", "model:deploy", async () => {
      const reason = await askReason("Deploy " + short(model.version), "Deploy");
      if (reason) { await call("POST", "/models/" + model.version + "/deploy", { reason }); await pollModels(); }
    }));
    buttons.append(action("Save card", "model:read", () => saveCard(model.version)));
    card.append(buttons);
    return card;
  }));
}
