// ---- Alarm quality: how much operators are told, by what, and what would help
const VERDICT = { acceptable: "\u2713 acceptable", manageable: "manageable", overDemanding: "\u25B2 over-demanding", unacceptable: "\u2715 unacceptable", unknown: "too little to say" };
const QUALITY_DAYS = [[1, "day"], [7, "week"], [30, "30 days"], [90, "90 days"]];
let qualityDays = 7, qualityTimer = 0, advised = new Map();

function clearQuality() {
  clearTimeout(qualityTimer);
  advised = new Map();
  for (const list of ["qualityFigures", "actorList"]) $(list).replaceChildren();
  $("qualityNote").textContent = $("qualityOperators").value = "";
  if (view === "quality") pollQuality();
}
function qualityStretch() {
  const to = serverNow(), from = to - qualityDays * 86400e3;
  return "?from=" + new Date(from).toISOString() + "&to=" + new Date(to).toISOString();
}
async function pollQuality() {
  clearTimeout(qualityTimer);
  if (!session || !session.organization || document.hidden || view !== "quality") return;
  // What was asked for one organization is never drawn under another.
  const mine = epoch, isMine = () => mine === epoch && session !== null;
  try {
    const onDuty = $("qualityOperators");
    const report = await call("GET", "/alarm-quality" + qualityStretch()
      + (onDuty.value && onDuty.validity.valid ? "&operators=" + Number(onDuty.value) : ""));
    if (!isMine()) return;
    drawQuality(report);
    $("qualityNote").textContent = "as of " + timeFormat.format(Date.parse(report.to));
  } catch (error) {
    if (isMine()) $("qualityNote").textContent = "Not up to date: " + error.message;
  }
  if (isMine()) { clearTimeout(qualityTimer); qualityTimer = setTimeout(pollQuality, 60000); }
}
const qualityCount = (count, noun) => count + " " + noun + (count === 1 ? "" : "s");
// What is whole as it is, all else with four digits, or with so many more.
const qualityNumber = (x, more = 0) => (Number.isInteger(x) ? String(x)
  : Math.abs(x) >= 1000 ? x.toFixed(more) : Number(x.toPrecision(4 + more)).toString());
const qualityShare = (x, more = 0) => (x * 100).toFixed(more + (x > 0 && x < 0.1 ? 1 : 0)) + " %";
// With as many more digits as it takes to tell it from its target, so that no verdict belies it.
function apartFrom(value, target, format) {
  let more = 0;
  while (value !== target && more < 6 && format(value, more) === format(target, more)) more += 1;
  return [format(value, more), format(target, more)];
}
function operatorsText(report) {
  if (report.operatorAccounts === undefined) return "for " + qualityCount(report.operators, "operator");
  return report.operatorAccounts ? "shared by " + qualityCount(report.operatorAccounts, "operator account")
    : "as if for one operator, for no account is an operator\u2019s";
}
function answersText(answers) {
  const all = answers.answered + answers.waiting;
  if (!all) return "Nothing called for an answer.";
  if (!answers.answered) return "None of " + all + " was acknowledged yet.";
  const within = (name, seconds) => name + (seconds === undefined ? " not yet" : " within " + span(seconds));
  return "Acknowledged " + answers.answered + " of " + all + ": " + within("half", answers.medianSeconds) + ", "
    + within("nine of ten", answers.p90Seconds) + ".";
}
function drawQuality(report) {
  const figure = (name, value, format) => [name, value, format];
  const share = (x) => qualityShare(x);
  const rows = [
    figure("Average in 10 min, per operator", report.averageRate, qualityNumber),
    figure("Most in 10 min, per operator", report.peakRate, qualityNumber),
    figure("Time in flood (" + report.floods + ")", report.floodShare, qualityShare),
    figure("Chattering alarms, three within a minute", report.chattering, qualityNumber),
    figure("Gone within a minute", report.fleeting, qualityNumber),
    figure("Stale on one day", report.stale, qualityNumber),
    figure("Ten most frequent", report.topTenShare, qualityShare),
  ];
  const card = el("article", "card stack");
  card.append(el("p", "", qualityCount(report.annunciations, "annunciation") + ", " + operatorsText(report) + ", " + report.suppressed + " kept silent"));
  if (report.measuredFrom === undefined) card.append(el("p", "note", "No readings came in this time: rates can't be judged."));
  else if (report.measuredFrom !== report.from) card.append(el("p", "note", "Measured from " + time(report.measuredFrom) + ", when readings began to come."));
  const list = el("div", "gauges");
  for (const [name, value, format] of rows) {
    const row = el("div", "gauge " + value.verdict);
    const [shown, target] = value.value === undefined ? ["can't be judged", format(value.target)] : apartFrom(value.value, value.target, format);
    row.append(el("span", "", name), el("strong", "", shown), el("span", "note", "at most " + target), el("span", "verdict", VERDICT[value.verdict]));
    list.append(row);
  }
  const spread = report.priorities, row = el("div", "gauge " + spread.verdict);
  row.append(el("span", "", "Priorities high, medium, low"),
    el("strong", "", spread.high === undefined ? "can't be judged" : [spread.high, spread.medium, spread.low].map(share).join(", ")),
    el("span", "note", "about 5, 15, 80 %"), el("span", "verdict", VERDICT[spread.verdict]));
  list.append(row);
  card.append(list);
  card.append(el("p", "note", answersText(report.acknowledgement)));
  card.append(el("p", "note", "Targets: EEMUA 191, 3rd edition; ISA-18.2-2016, clause 16."));
  $("qualityFigures").replaceChildren(card);
  $("advise").hidden = !may("schema:write") || !report.badActors.length;
  $("actorList").replaceChildren(...(report.badActors.length ? report.badActors.map(drawActor) : [el("p", "card note", "No alarm annunciated in this time.")]));
}
function drawActor(actor) {
  const card = el("article", "card stack alarm " + actor.type), head = el("div", "row");
  head.append(el("strong", "", actor.asset), el("span", "note", (actor.annunciations === 1 ? "once, " : actor.annunciations + " times, ") + percent(actor.share)));
  card.append(head, el("p", "", actor.message));
  const facts = [actor.source.replace("rule:", "rule "), "longest " + span(actor.longestSeconds)];
  if (actor.chattering) facts.push("third within a minute " + (actor.chattering === 1 ? "once" : actor.chattering + " times"));
  if (actor.fleeting) facts.push("gone within a minute " + (actor.fleeting === 1 ? "once" : actor.fleeting + " times"));
  card.append(el("p", "note", facts.join(" \u00B7 ")));
  const advice = advised.get(actor.source);
  if (!advice) return card;
  if (advice.none) card.append(el("p", "note", "Nothing to suggest: " + advice.none + "."));
  for (const suggestion of advice.suggestions) card.append(el("p", "advice", suggestion.text.replace(" -> ", " \u2192 ")));
  return card;
}
$("advise").onclick = async () => {
  const mine = epoch;
  $("advise").disabled = true;
  $("adviseNote").textContent = "Trying deadbands and delays on what is stored \u2026";
  try {
    const answer = await call("GET", "/alarm-quality/suggestions" + qualityStretch());
    if (mine !== epoch) return;
    advised = new Map(answer.items.map((item) => [item.source, item]));
    $("adviseNote").textContent = answer.items.length
      ? "What changed rules would have done to history. None changes by itself: put what you agree with into the schema."
      : "No alarm annunciated in this time.";
    await pollQuality();
  } catch (error) {
    if (mine === epoch) $("adviseNote").textContent = error.message;
  } finally { $("advise").disabled = false; }
};
for (const [days, name] of QUALITY_DAYS) {
  const option = el("option", "", name);
  option.value = days;
  option.selected = days === qualityDays;
  $("qualityDays").append(option);
}
$("qualityOperators").onchange = () => pollQuality();
$("qualityDays").onchange = () => { qualityDays = Number($("qualityDays").value); advised = new Map(); $("adviseNote").textContent = ""; pollQuality(); };
