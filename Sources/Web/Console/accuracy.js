// ---- Accuracy: whether alarms were right, as far as anybody knows
const SPANS = { 30: ["30 days", "week"], 90: ["90 days", "week"], 365: ["a year", "month"] };
let accuracyTimer = 0, accuracyDays = 90, accuracyBy = "asset";

function clearAccuracy() {
  clearTimeout(accuracyTimer);
  words.clear();
  unjudged.clear();
  for (const place of ["accuracyFigures", "accuracyChart", "accuracyTable", "judgedList", "failureForm", "failureList"]) {
    $(place).replaceChildren();
  }
  if (view === "accuracy") pollAccuracy();
}
const spanQuery = () => "from=" + encodeURIComponent(new Date(serverNow() - accuracyDays * 86400e3).toISOString());
async function pollAccuracy() {
  clearTimeout(accuracyTimer);
  if (!session || !session.organization || document.hidden || view !== "accuracy") return;
  const mine = epoch, by = judgedBy, isMine = () => mine === epoch && session !== null && by === judgedBy;
  try {
    const [overTime, apart, waiting, failures, assets] = await Promise.all([
      call("GET", "/accuracy?" + spanQuery() + "&limit=1000&by=" + SPANS[accuracyDays][1]),
      call("GET", "/accuracy?" + spanQuery() + "&limit=200&by=" + accuracyBy),
      call("GET", "/alarms?judged=false&limit=12&foretold=" + (judgedBy === "model")), call("GET", "/failures?limit=10"),
      call("GET", "/assets?limit=1000"),
    ]);
    if (!isMine()) return;
    drawFigures(overTime.total);
    drawOverTime(overTime);
    drawApart(apart);
    drawJudged(waiting);
    drawFailureForm(assets.items.map((asset) => asset.name));
    drawFailures(failures);
    $("accuracyNote").textContent = "";
  } catch (error) {
    if (isMine()) $("accuracyNote").textContent = "Not up to date: " + error.message;
  }
  if (isMine()) { clearTimeout(accuracyTimer); accuracyTimer = setTimeout(pollAccuracy, 30000); }
}

// ---- Figures
const whole = (share) => {
  const rounded = Math.round(share * 100);
  if (rounded === 0 && share > 0) return "under 1 %";
  return rounded === 100 && share < 1 ? "over 99 %" : rounded + " %";
};
// Of what is rare at least two digits.
const rareRate = (rate) => rate.toFixed(rate > 0 ? Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(rate)))) : 2);
function shareText(share, one, many) {
  const counts = share.count + " of " + share.of + " " + (share.of === 1 ? one : many);
  if (share.value === undefined) return [share.of ? "too few to tell" : "unknown", counts];
  return [whole(share.value), Math.round(share.low * 100) + " to " + Math.round(share.high * 100) + " % is the 95 % interval \u00B7 " + counts];
}
function figure(name, [value, detail]) {
  const card = el("div", "figure");
  card.append(el("span", "note", name), el("strong", value === "unknown" || value === "too few to tell" ? "soft" : "", value), el("span", "note", detail));
  return card;
}
function drawFigures(total) {
  const alarms = total.alarms, card = el("div", "card stack"), grid = el("div", "figures");
  const rate = total.falseAlarmsPerAssetWeek;
  grid.append(
    figure("Precision", shareText(total.precision, "judged alarm right", "judged alarms right")),
    figure("Recall", shareText(total.recall, "recorded failure announced", "recorded failures announced")),
    figure("Precision by the record", shareText(total.precisionByRecord, "alarm followed by a failure", "alarms followed by a failure")),
    figure("Lead time", total.medianLeadMinutes === undefined ? ["unknown", "no announced failure"]
      : [span(total.medianLeadMinutes * 60), "half were announced earlier"]),
    figure("Component", shareText(total.componentHits, "named the one that failed", "named the one that failed")),
    figure("False alarms", rate ? [(rate.least === rate.most ? rareRate(rate.least) : rareRate(rate.least) + " to " + rareRate(rate.most)), "per asset and week, over " + number(total.assetWeeks) + (total.assetWeeks === 1 ? " asset-week" : " asset-weeks")]
      : ["unknown", "less than a week was predicted"]));
  const waiting = alarms.unknown + alarms.open + alarms.recorded;
  card.append(grid, el("p", "", alarms.total
    ? "Unknown: " + alarms.unknown + " of " + alarms.total + (alarms.total === 1 ? " alarm" : " alarms") + ", on which nobody has said a word and nothing is recorded. An alarm that is raised again counts again."
    : "No model has raised an alarm in this time."));
  const rest = [
    [alarms.open, "Still open, the time they speak of is not over"], [alarms.recorded, "Not judged, but a failure is recorded"],
    [alarms.disputed, "In dispute among people"], [alarms.contradicted, "Called false, though a failure is recorded"],
    [total.failures.unpredicted, "Failures while nothing was predicted, which are no misses"],
  ].filter(([count]) => count > 0).map(([count, text]) => text + ": " + count);
  if (rest.length) card.append(el("p", "note", rest.join(" \u00B7 ")));
  if (waiting) card.append(el("p", "note", "What nobody judged is never counted as right."));
  if (total.failures.announced) card.append(el("p", "note", "Recall and lead time are the model's: what it raised while an alarm was kept silent counts too."));
  $("accuracyFigures").replaceChildren(card);
}

// ---- Over time
const svg = (tag, attributes, text) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const PARTS = [
  ["right", "right", (a) => a.right], ["wrong", "false", (a) => a.wrong], ["unsettled", "unsettled", (a) => a.disputed + a.contradicted],
  ["recorded", "recorded only", (a) => a.recorded], ["open", "still open", (a) => a.open], ["unknown", "unknown", (a) => a.unknown],
];
const partsText = (alarms) => PARTS.map(([, name, of]) => of(alarms) + " " + name).join(", ");
// Every week or month of the span, also those in which nothing happened.
function periods(page) {
  const known = new Map(page.groups.map((group) => [group.key, group.figures]));
  const keys = [], by = page.by;
  let at = by === "week" ? new Date(firstWeek(page) + "T00:00:00Z") : new Date(page.from.slice(0, 7) + "-01T00:00:00Z");
  const end = new Date(page.to);
  while (at <= end && keys.length < 120) {
    keys.push(at.toISOString().slice(0, by === "week" ? 10 : 7));
    if (by === "week") at = new Date(at.getTime() + 7 * 86400e3);
    else at = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  }
  for (const key of known.keys()) if (!keys.includes(key)) keys.push(key);
  return keys.sort().map((key) => [key, known.get(key)]);
}
function firstWeek(page) {
  const day = new Date(page.from.slice(0, 10) + "T00:00:00Z");
  return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * 86400e3).toISOString().slice(0, 10);
}
function drawOverTime(page) {
  const all = periods(page), card = el("div", "card stack");
  const most = Math.max(1, ...all.map(([, figures]) => (figures ? figures.alarms.total : 0)));
  // As wide as its place, so that the letters keep their size on a phone.
  const width = Math.max(280, Math.min(640, ($("accuracyChart").clientWidth || 640) - 30)), height = 180, left = 34, bottom = 24, top = 8;
  const step = (width - left) / all.length, scale = (height - bottom - top) / most;
  const chart = svg("svg", { class: "chart", viewBox: "0 0 " + width + " " + height, role: "img",
    "aria-label": "Alarms by " + page.by + " of " + page.timeZone + ": " + page.total.alarms.total + " in all, " + partsText(page.total.alarms) });
  for (const share of [0, 0.5, 1]) {
    const value = most * share, y = height - bottom - value * scale;
    if (share === 0.5 && most < 2) continue;
    chart.append(svg("line", { x1: left, x2: width, y1: y, y2: y, class: "axis" }),
      svg("text", { x: left - 6, y: y + 4, class: "tick", "text-anchor": "end" }, String(Math.round(value * 10) / 10)));
  }
  const everyLabel = Math.ceil(all.length / Math.floor(width / 110));
  all.forEach(([key, figures], index) => {
    const x = left + index * step;
    let y = height - bottom;
    const bar = svg("g", {});
    bar.append(svg("title", {}, figures ? key + ": " + partsText(figures.alarms) : key + ": no alarm"));
    for (const [style, , of] of PARTS) {
      const count = figures ? of(figures.alarms) : 0;
      if (!count) continue;
      y -= count * scale;
      bar.append(svg("rect", { x: x + step * 0.12, y, width: step * 0.76, height: count * scale, class: style }));
    }
    chart.append(bar);
    if (index % everyLabel === 0) chart.append(svg("text", { x: x + 2, y: height - 7, class: "tick" }, key));
  });
  const legend = el("p", "legend note");
  for (const [style, name] of PARTS) {
    const key = el("span");
    key.append(el("i", style), name);
    legend.append(key);
  }
  legend.append(el("span", "", "alarms by " + page.by + ", " + page.timeZone));
  card.append(chart, legend);
  $("accuracyChart").replaceChildren(card);
}

// ---- By asset, version or rule
function drawApart(page) {
  const card = el("div", "card stack"), chooser = el("div", "buttons choose");
  for (const by of ["asset", "version", "rule"]) {
    const button = el("button", "", by === "version" ? "Model version" : by === "rule" ? "Rule" : "Asset");
    button.setAttribute("aria-pressed", String(by === accuracyBy));
    button.onclick = () => { accuracyBy = by; pollAccuracy(); };
    chooser.append(button);
  }
  card.append(chooser);
  const rows = page.rules
    ? page.rules.map((rule) => [rule.rule, rule.alarms, rule.unknown, rule.precision, null])
    : page.groups.map((group) => [page.by === "version" ? short(group.key) : group.key, group.figures.alarms.total,
      group.figures.alarms.unknown, group.figures.precision, group.figures.recall]);
  if (!rows.length) card.append(el("p", "note", "Nothing to tell apart yet."));
  else {
    const table = el("table"), head = el("tr"), body = el("tbody");
    const names = [page.by === "version" ? "Version" : page.rules ? "Rule" : "Asset", "Alarms", "Precision"].concat(page.rules ? [] : ["Recall"]);
    for (const name of names) { const cell = el("th", "", name); cell.scope = "col"; head.append(cell); }
    const first = el("thead");
    first.append(head);
    for (const [name, alarms, unknown, precision, recall] of rows) {
      const row = el("tr"), title = el("th", "", name);
      title.scope = "row";
      const count = el("td", "", String(alarms));
      if (unknown) count.append(el("span", "note", " " + unknown + " unknown"));
      row.append(title, count, shareCell(precision));
      if (recall) row.append(shareCell(recall));
      body.append(row);
    }
    table.append(first, body);
    card.append(table);
    if (page.next) card.append(el("p", "note", "There are more: GET /api/v1/accuracy?by=" + page.by));
  }
  $("accuracyTable").replaceChildren(card);
}
function shareCell(share) {
  const cell = el("td"), known = share.value !== undefined;
  cell.append(el("strong", known ? "" : "soft", known ? whole(share.value) : "unknown"),
    el("span", "note", known ? " " + Math.round(share.low * 100) + "\u2013" + Math.round(share.high * 100) + " %" : " " + share.count + " of " + share.of));
  return cell;
}
$("accuracySpan").onchange = () => { accuracyDays = Number($("accuracySpan").value); pollAccuracy(); };
