// ---- Rules: what others would have raised, and who changed them when
const rulesAsKept = { text: "", version: 0 };
let versionsNext = null;

for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => { if (view === "quality") loadRules(); });
}
function clearRules() {
  rulesAsKept.text = "";
  rulesAsKept.version = 0;
  versionsNext = null;
  for (const place of ["rehearsalForm", "rehearsalFindings", "ruleVersionList"]) $(place).replaceChildren();
  if (view === "quality") loadRules();
}
async function loadRules() {
  if (!session || !session.organization) return;
  const mine = epoch, isMine = () => mine === epoch && session !== null;
  $("rehearsal").hidden = !may("schema:write");
  try {
    const [kept, page] = await Promise.all([call("GET", "/rules"), call("GET", "/rules/versions?limit=5")]);
    if (!isMine()) return;
    drawRehearsalForm(kept);
    $("ruleVersionList").replaceChildren();
    drawRuleVersions(page);
  } catch (error) {
    if (!isMine()) return;
    $("rehearsal").hidden = true;
    $("moreVersions").hidden = true;
    $("ruleVersionList").replaceChildren(el("p", "card note", error.status === 404 ? "There is no schema yet, and so no rule." : "Not known: " + error.message));
  }
}
function drawRehearsalForm(kept) {
  // Nobody's half-written rules are taken away.
  if (!may("schema:write") || ($("rehearsalForm").firstChild && rulesAsKept.version === kept.schemaVersion)) return;
  rulesAsKept.version = kept.schemaVersion;
  rulesAsKept.text = JSON.stringify(kept.items, null, 2);
  const form = el("form", "card stack"), pick = el("label", "pick", "Over the last "), days = el("select");
  fillSelect(days, [[1, "day"], [7, "week"], [30, "30 days"], [90, "90 days"]], 30);
  pick.append(days);
  const others = el("details"), label = el("label", "", "Rules as JSON"), text = el("textarea", "code"), said = el("p", "note");
  text.value = rulesAsKept.text;
  text.spellcheck = false;
  said.setAttribute("role", "status");
  label.append(text);
  others.append(el("summary", "", "Try other rules"), label,
    el("p", "note", "Change limits and delays, add rules or take some away. What you agree with goes into the schema: nothing of this does by itself."));
  const send = el("button", "strong", "Rehearse");
  form.append(el("p", "", "What the rules would have raised on the readings that are kept. Nothing of it goes live."), pick, others, send, said);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const mine = epoch, wish = { from: new Date(serverNow() - Number(days.value) * 86400e3).toISOString() };
    try { wish.rules = JSON.parse(text.value); } catch (error) { said.textContent = "The rules are no JSON: " + error.message; return; }
    if (!Array.isArray(wish.rules)) { said.textContent = "The rules are a list: [ \u2026 ]"; return; }
    send.disabled = true;
    said.textContent = "Going through what is kept \u2026";
    try {
      const report = await call("POST", "/rules/rehearsal", wish);
      if (mine !== epoch) return;
      said.textContent = "";
      drawRehearsal(report);
    } catch (error) {
      if (mine === epoch) said.textContent = error.message;
    } finally { send.disabled = false; }
  };
  $("rehearsalForm").replaceChildren(form);
}
const RULE_CHANGE = { added: "new", changed: "changed", unchanged: "", removed: "taken away" };
const times = (count) => (count === 1 ? "once" : count + " times");
function drawRehearsal(report) {
  const card = el("div", "card stack");
  $("rehearsalFindings").replaceChildren(card);
  if (!report.rows) {
    card.append(el("p", "note", "No readings are kept of this time: it says nothing of the rules."));
    return;
  }
  const isSame = report.rules.every((rule) => rule.change === "unchanged");
  const before = report.annunciationsPresent === undefined || isSame ? "" : ", with the rules in force " + times(report.annunciationsPresent);
  const [first, last] = report.coversStretch ? [report.from, report.to] : [report.firstRowAt, report.lastRowAt];
  card.append(el("p", "", "From " + time(first) + " to " + time(last) + " people would have been told " + times(report.annunciations) + before + "."),
    el("p", "note", report.rows + (report.rows === 1 ? " row of " : " rows of ") + report.assets + (report.assets === 1 ? " asset." : " assets.")));
  if (!report.coversStretch) {
    // Rounded down, so that no hole reads as 100 %.
    const part = (share) => Math.floor(share * 100) + " %", least = report.leastCovered;
    const covered = report.coveredShare < 1 ? part(report.coveredShare) + ", without silences over sourceStaleSeconds" : "less";
    const worst = least && least.share < report.coveredShare ? ", and " + part(least.share) + " of " + least.asset : "";
    card.append(el("p", "note", "You asked for " + time(report.from) + " to " + time(report.to) + ": readings cover " + covered + worst + "."));
  }
  const table = el("table"), head = el("tr"), top = el("thead"), body = el("tbody");
  for (const name of ["Rule", isSame ? "Raised" : "Would raise"].concat(isSame ? [] : ["Raises now"])) {
    const cell = el("th", "", name);
    cell.scope = "col";
    head.append(cell);
  }
  top.append(head);
  for (const rule of report.rules) {
    const row = el("tr"), title = el("th", "", rule.id);
    title.scope = "row";
    if (RULE_CHANGE[rule.change]) title.append(el("span", "note", " " + RULE_CHANGE[rule.change]));
    row.append(title, findingsCell(rule.proposed));
    if (!isSame) row.append(findingsCell(rule.present));
    body.append(row);
  }
  table.append(top, body);
  card.append(table);
}
function findingsCell(findings) {
  const cell = el("td");
  if (!findings) { cell.append(el("span", "note", "\u2013")); return cell; }
  cell.append(el("strong", "", findings.raises ? times(findings.raises) : findings.stoodAtStart ? "stood already" : "never"));
  const facts = [];
  if (findings.critical) facts.push(findings.critical + " critical");
  if (findings.escalations) facts.push("escalated " + times(findings.escalations));
  if (findings.chattering) facts.push(findings.chattering + " chattering");
  if (findings.longestSeconds) facts.push("longest " + span(findings.longestSeconds));
  if (findings.standsAtEnd) facts.push("still standing");
  if (facts.length) cell.append(el("p", "note", facts.join(", ")));
  return cell;
}
function drawRuleVersions(page) {
  versionsNext = page.next || null;
  $("moreVersions").hidden = !versionsNext;
  $("ruleVersionList").append(...page.items.map((version) => {
    const card = el("article", "card stack"), head = el("div", "row");
    head.append(el("strong", "", "Version " + version.version), el("span", "note", time(version.createdAt) + (version.createdBy ? " by " + version.createdBy : "")));
    card.append(head);
    const names = (rules) => rules.map((rule) => rule.id).join(", "), lines = [];
    if (version.added.length) lines.push("New: " + names(version.added));
    for (const change of version.changed) lines.push("Changed: " + change.id + ", " + change.keys.map((key) => changeText(change, key)).join("; "));
    if (version.removed.length) lines.push("Taken away: " + names(version.removed));
    for (const line of lines) card.append(el("p", "", line));
    if (!lines.length) card.append(el("p", "note", "No rule changed."));
    return card;
  }));
}
function changeText(change, key) {
  const say = (value) => (value === undefined ? "none" : String(value));
  return key + " " + say(change.before[key]) + " \u2192 " + say(change.after[key]);
}
$("moreVersions").onclick = async () => {
  const mine = epoch;
  $("moreVersions").disabled = true;
  try {
    const page = await call("GET", "/rules/versions?limit=20&after=" + versionsNext);
    if (mine === epoch) drawRuleVersions(page);
  } catch (error) { toast(error.message); }
  $("moreVersions").disabled = false;
};
