// ---- Why an alarm was raised: opened on its card, drawn from what was kept with it
const explained = new Map();
function hearExplanation(frame) {
  const alarm = alarms.get(frame.alarm);
  if (!alarm) return;
  if (frame.sentence) alarm.explanation = frame.sentence;
  if (explained.has(alarm.id)) fetchExplanation(alarm.id);
  scheduleDraw();
}
// Alerts carry no explanation: what is known stays until the next prediction joins the alarm.
function keepExplanation(alert) {
  const known = alarms.get(alert.alarm.id);
  const isNew = alert.source === "prediction" && ["raised", "reraised", "escalated", "causeAdded"].includes(alert.change);
  if (known && known.explanation && !isNew) alert.alarm.explanation = known.explanation;
  if (isNew && explained.has(alert.alarm.id)) fetchExplanation(alert.alarm.id);
}
async function fetchExplanation(id) {
  const mine = epoch;
  let found;
  try { found = await call("GET", "/alarms/" + id + "/explanation"); } catch (error) { found = { failure: error.message }; }
  if (mine !== epoch || !explained.has(id)) return;
  explained.set(id, found);
  const place = document.querySelector('[data-explains="' + id + '"]');
  if (place) place.replaceChildren(...drawExplanation(found));
}
// The sentence, if there is one, and what opens the rest.
function whyParts(alarm) {
  const parts = [];
  if (alarm.explanation) parts.push(el("p", "why", alarm.explanation));
  if (explained.has(alarm.id)) {
    const place = el("div", "explanation");
    place.dataset.explains = alarm.id;
    place.append(...drawExplanation(explained.get(alarm.id)));
    parts.push(place);
  }
  return parts;
}
function whyButton(alarm) {
  const isOpen = explained.has(alarm.id);
  const button = el("button", "", isOpen ? "Close" : "Why?");
  button.setAttribute("aria-expanded", String(isOpen));
  button.setAttribute("aria-label", (isOpen ? "Close the reasons: " : "Why: ") + alarm.headline);
  button.onclick = () => {
    if (isOpen) explained.delete(alarm.id); else { explained.set(alarm.id, null); fetchExplanation(alarm.id); }
    cards.delete(alarm.id);
    drawAlarms();
  };
  return button;
}
const partOf = (title, ...nodes) => {
  const part = el("section", "part");
  part.append(el("h3", "", title), ...nodes);
  return part;
};
function drawExplanation(found) {
  if (!found) return [el("p", "note", "Asking \u2026")];
  if (found.failure) return [el("p", "bad", "Not known: " + found.failure)];
  const parts = [];
  if (found.state === "pending") parts.push(el("p", "note", found.reason ? "Not computed yet: " + found.reason + ". It is tried again." : "The model's part is being computed \u2026"));
  if (found.state === "failed") parts.push(el("p", "bad", "The model's part can't be computed: " + found.reason + "."));
  if (found.state === "notKept") parts.push(el("p", "note", "The alarm is older than explanations are: the model's part was not kept."));
  if (found.prediction) parts.push(...drawPrediction(found.prediction));
  for (const rule of found.rules) parts.push(drawRule(rule));
  return parts;
}
function drawPrediction(prediction) {
  const parts = [], grid = el("div", "parts");
  if (prediction.tags.length) grid.append(partOf("What spoke for it, and against", drawShares(prediction.tags)));
  if (prediction.components.length > 1) grid.append(partOf("By component", drawShares(prediction.components)));
  for (const trend of prediction.trends) {
    const chart = drawCourse(trend);
    if (chart) grid.append(chart);
  }
  if (prediction.survival) grid.append(drawSurvival(prediction.survival, prediction.at));
  if (grid.childNodes.length) parts.push(grid);
  for (const absence of prediction.absences) parts.push(el("p", "note", absence.reason[0].toUpperCase() + absence.reason.slice(1) + "."));
  if (prediction.reference) parts.push(el("p", "note", referenceText(prediction.reference)));
  return parts;
}
function referenceText(reference) {
  if (reference.source === "model") return "\u201CUsual\u201D is what the model learned of each figure.";
  return "\u201CUsual\u201D is what " + reference.rowCount + " of the asset's own rows were, " + time(reference.from) + " to " + time(reference.until) + ".";
}
const SHARE_COUNT = 6;
function drawShares(shares) {
  const list = el("ul", "shares"), most = Math.max(...shares.map((s) => Math.abs(s.share)), 1e-12);
  for (const share of shares.slice(0, SHARE_COUNT)) {
    const item = el("li"), bar = el("span", "sharebar"), fill = el("span", share.share >= 0 ? "for" : "against");
    fill.style.width = Math.abs(share.share) / most * 50 + "%";
    bar.setAttribute("aria-hidden", "true");
    bar.append(fill);
    item.append(el("span", "name", share.name), bar, el("span", "value", (share.share >= 0 ? "+" : "\u2212") + Math.abs(share.share).toFixed(2)));
    list.append(item);
  }
  if (shares.length > SHARE_COUNT) {
    const rest = shares.slice(SHARE_COUNT).reduce((sum, s) => sum + s.share, 0);
    list.append(el("li", "note", (shares.length - SHARE_COUNT) + " more, together " + (rest >= 0 ? "+" : "\u2212") + Math.abs(rest).toFixed(2)));
  }
  return list;
}
// A tag's course: its usual range as a band, a limit as a line.
function drawCourse(trend, limit) {
  if (trend.values.length < 2) return null;
  const at = trend.at.map((text) => Date.parse(text)), first = at[0], width = Math.max(1, at[at.length - 1] - first);
  const marks = trend.values.concat(limit === undefined ? [] : [limit]);
  if (trend.usual) marks.push(trend.usual.low, trend.usual.high);
  const low = Math.min(...marks), high = Math.max(...marks), height = Math.max(1e-12, high - low);
  const y = (value) => (96 - (value - low) / height * 92).toFixed(2);
  const chart = svg("svg", { class: "course", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" });
  chart.setAttribute("aria-label", trend.tag + " over " + span(width / 1000) + ", from " + number(Math.min(...trend.values)) + " to " + number(Math.max(...trend.values)));
  if (trend.usual) {
    chart.append(svg("rect", { class: "usual", x: 0, width: 100, y: y(trend.usual.high), height: Math.max(1, y(trend.usual.low) - y(trend.usual.high)).toFixed(2) }));
  }
  if (limit !== undefined) chart.append(svg("line", { class: "limit", x1: 0, x2: 100, y1: y(limit), y2: y(limit) }));
  chart.append(svg("polyline", { points: at.map((t, i) => ((t - first) / width * 100).toFixed(2) + "," + y(trend.values[i])).join(" ") }));
  const scale = el("p", "scale");
  scale.append(el("span", "", time(trend.at[0])), el("span", "", number(low) + " to " + number(high)), el("span", "", time(trend.at[trend.at.length - 1])));
  const title = trend.tag + (trend.usual ? ", usually " + number(trend.usual.low) + " to " + number(trend.usual.high) : "");
  return partOf(title, chart, scale);
}
// How probable it is that it has failed by then, given that it does within the model's horizon.
function drawSurvival(curve, at) {
  const end = Math.max(curve.steps[curve.steps.length - 1].toMinutes, curve.p90Minutes, 1);
  const x = (minutes) => (minutes / end * 100).toFixed(2), y = (share) => (96 - share * 92).toFixed(2);
  let before = 0;
  const points = [[0, 0]];
  for (const step of curve.steps) {
    points.push([step.fromMinutes, before], [step.toMinutes, step.failedBy]);
    before = step.failedBy;
  }
  points.push([end, 1]);
  const chart = svg("svg", { class: "course survival", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" });
  const marks = [["P10", curve.p10Minutes], ["P50", curve.p50Minutes], ["P90", curve.p90Minutes]];
  chart.setAttribute("aria-label", "When it fails, if it does: " + marks.map(([name, minutes]) => name + " " + span(minutes * 60)).join(", "));
  chart.append(svg("rect", { class: "usual", x: x(curve.p10Minutes), width: Math.max(0.5, x(curve.p90Minutes) - x(curve.p10Minutes)).toFixed(2), y: 0, height: 100 }));
  chart.append(svg("line", { class: "middle", x1: x(curve.p50Minutes), x2: x(curve.p50Minutes), y1: 0, y2: 100 }));
  chart.append(svg("polyline", { points: points.map(([minutes, share]) => x(minutes) + "," + y(share)).join(" ") }));
  const scale = el("p", "scale");
  for (const [name, minutes] of marks) scale.append(el("span", "", name + " " + span(minutes * 60)));
  return partOf("Failed by then, if it fails, as of " + time(at), chart, scale);
}
function drawRule(rule) {
  const facts = [];
  if (rule.measured !== undefined) facts.push(["measured", numberBeside(rule.measured, rule.limit)]);
  if (rule.limit !== undefined) facts.push(["limit", numberBeside(rule.limit, rule.measured)]);
  facts.push(["rule", rule.rule], ["since", time(rule.since)]);
  if (rule.clearedAt) facts.push(["until", time(rule.clearedAt)]);
  const part = partOf(rule.message, pairs(facts));
  // A rate's limit, or a silence's, is no level of the tag.
  const isLevel = rule.kind === "limit" || rule.kind === "setpoint";
  const chart = rule.trend ? drawCourse(rule.trend, isLevel ? rule.limit : undefined) : null;
  if (chart) part.append(chart);
  return part;
}
