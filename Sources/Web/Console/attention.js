// ---- Look here first: assets by what not looking is expected to cost
const RANKNAME = { CRITICAL: "\u25A0 critical alarm", PREDICTED: "", UNUSUAL: "\u25F7 unusual", UNKNOWN: "? not predicted" };
const ATTENTION_LENGTH = 5;
function drawAttention(page) {
  const known = page.items.filter((item) => item.rank !== "UNKNOWN");
  // An alarm that is heard is in the open, also where nothing is predicted.
  const alarmed = page.items.filter((item) => item.rank === "UNKNOWN" && item.alarm);
  const unknown = page.items.filter((item) => item.rank === "UNKNOWN" && !item.alarm);
  $("attention").hidden = page.total < 2 && !known.length && !alarmed.length;
  $("attentionCount").textContent = page.unknown ? page.unknown + " of " + page.total + " unknown" : page.total + (page.total === 1 ? " asset" : " assets");
  const list = el("ol", "ranking");
  for (const items of [known, alarmed]) for (const item of items.slice(0, ATTENTION_LENGTH)) list.append(drawRanked(item));
  const nodes = [], more = page.total - page.unknown - list.children.length;
  if (list.children.length) nodes.push(list);
  if (more > 0) nodes.push(el("p", "note", "and " + more + " more"));
  if (page.unknown) nodes.push(drawUnknown(unknown.slice(0, 50), page.unknown));
  if (!nodes.length) nodes.push(el("p", "note", "No asset has sent anything yet."));
  $("attentionList").replaceChildren(...nodes);
}
function drawRanked(item) {
  const entry = el("li", item.rank), head = el("div", "row");
  head.append(el("strong", "", item.asset));
  if (item.expectedCost !== undefined) head.append(el("span", "cost", "at risk " + number(item.expectedCost)));
  else if (item.rank === "UNUSUAL") head.append(el("span", "cost", "score " + item.anomalyScore.toFixed(2)));
  entry.append(head, el("p", "", item.why));
  const facts = [];
  if (RANKNAME[item.rank]) facts.push(RANKNAME[item.rank]);
  if (item.p10Minutes !== undefined && item.p90Minutes !== undefined && item.probability >= 0.1) {
    facts.push("if it fails, in " + span(item.p10Minutes * 60) + " to " + span(item.p90Minutes * 60) + ", as of " + time(item.predictedFor));
  }
  if (item.openAlarms) facts.push(item.openAlarms + (item.openAlarms === 1 ? " open alarm" : " open alarms"));
  if (item.expectedSaving !== undefined && item.expectedSaving <= 0) facts.push("a look costs more than it is expected to save");
  if (facts.length) entry.append(el("p", "note", facts.join(" \u00B7 ")));
  return entry;
}
// What is not known is said, and by name: it is no sound asset.
function drawUnknown(items, count) {
  const details = el("details"), list = el("ul");
  const wasOpen = document.querySelector("#attentionList details");
  details.open = wasOpen ? wasOpen.open : false;
  details.append(el("summary", "", "Nothing is known now of " + count + (count === 1 ? " asset" : " assets")));
  for (const item of items) list.append(el("li", "", item.asset + ": " + item.why));
  if (count > items.length) list.append(el("li", "note", items.length ? "and " + (count - items.length) + " more" : "Too many others come before them to name them here."));
  details.append(list);
  return details;
}
