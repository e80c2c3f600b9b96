// ---- Audit: what happened, who did it, and the file that proves it
const AUDIT_ACTION = {
  LOGIN: "Sign-in", LOGOUT: "Sign-out", TOKEN_REUSE: "Stolen token", MODEL_LOAD: "Model load", PREDICTION: "Predictions",
  TRAINING: "Training", DEPLOYMENT: "Deployment", CONFIG: "Change", KEY: "Key", EXPORT: "Export",
  ACCESS: "Access by the server's admins", ACCESS_DENIED: "Access denied", ERASURE: "Erasure",
};
const AUDIT_SPANS = [[3600, "hour"], [86400, "day"], [7 * 86400, "week"], [30 * 86400, "30 days"], [0, "all there is"]];
const AUDIT_BAD = ["TOKEN_REUSE", "ACCESS_DENIED"];
let auditTimer = 0, auditEpoch = 0, auditPages = [], auditNext = null, auditWho = new Map();

for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => {
    $("auditView").hidden = view !== "audit";
    if (view === "audit") pollAudit();
  });
}
function auditOption(place, value, text) {
  const option = el("option", "", text);
  option.value = value;
  place.append(option);
}
auditOption($("auditAction"), "", "Everything");
for (const [action, name] of Object.entries(AUDIT_ACTION)) auditOption($("auditAction"), action, name);
for (const [seconds, name] of AUDIT_SPANS) auditOption($("auditSpan"), seconds, name);
$("auditSpan").value = 86400;
for (const choice of ["auditAction", "auditActor", "auditSpan"]) {
  $(choice).onchange = () => { auditPages = []; auditNext = null; pollAudit(); };
}

function clearAudit() {
  clearTimeout(auditTimer);
  auditEpoch += 1;
  auditPages = [];
  auditNext = null;
  auditWho = new Map();
  $("auditActor").replaceChildren();
  $("auditList").replaceChildren();
  $("auditNote").textContent = "";
  $("auditMore").hidden = true;
  $("auditButton").hidden = !may("audit:read");
  if (view !== "audit") return;
  if (may("audit:read")) { pollAudit(); return; }
  $("auditView").hidden = true;
  go("plant");
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) pollAudit(); });
function auditQuery(after) {
  const query = new URLSearchParams({ limit: "50" }), seconds = Number($("auditSpan").value);
  if ($("auditAction").value) query.set("action", $("auditAction").value);
  if ($("auditActor").value) query.set("actor", $("auditActor").value);
  if (seconds) query.set("from", new Date(serverNow() - seconds * 1000).toISOString());
  if (after) query.set("after", after);
  return query;
}
// The newest page again; those that were asked for behind it stay as they are.
async function pollAudit() {
  clearTimeout(auditTimer);
  if (!session || !session.organization || document.hidden || view !== "audit" || !may("audit:read")) return;
  const mine = auditEpoch, isMine = () => mine === auditEpoch && session !== null;
  try {
    if (!$("auditActor").firstChild) await fillAuditActors();
    if (!isMine()) return;
    if (auditPages.length < 2) {
      const page = await call("GET", "/audit?" + auditQuery());
      if (!isMine()) return;
      auditPages = [page.items];
      auditNext = page.next || null;
      drawAudit();
    }
    $("auditNote").textContent = "as of " + timeFormat.format(serverNow());
  } catch (error) {
    if (isMine()) $("auditNote").textContent = "Not up to date: " + error.message;
  }
  if (isMine()) { clearTimeout(auditTimer); auditTimer = setTimeout(pollAudit, 15000); }
}
async function fillAuditActors() {
  const users = may("user:read") ? (await call("GET", "/users")).items : [];
  auditWho = new Map(users.map((user) => ["user:" + user.id, user.email]));
  const place = $("auditActor");
  place.replaceChildren();
  auditOption(place, "", "Everybody");
  for (const [actor, email] of auditWho) auditOption(place, actor, email);
  auditOption(place, "server", "The server by itself");
  auditOption(place, "terminal", "The server's terminal");
}
$("auditMore").onclick = async () => {
  const mine = auditEpoch;
  $("auditMore").disabled = true;
  try {
    const page = await call("GET", "/audit?" + auditQuery(auditNext));
    if (mine !== auditEpoch) return;
    auditPages.push(page.items);
    auditNext = page.next || null;
    drawAudit();
  } catch (error) { toast(error.message); } finally { $("auditMore").disabled = false; }
};
const auditName = (entry) => entry.name || auditWho.get(entry.actor)
  || (entry.actor === "server" ? "the server" : entry.actor === "terminal" ? "the server's terminal"
    : entry.actor.startsWith("apikey:") ? "API key " + short(entry.actor.slice(7))
      : entry.action === "ACCESS" || entry.metadata.stage ? "somebody who runs the server" : entry.actor);
function auditWords(entry) {
  const said = entry.metadata;
  switch (entry.action) {
    case "LOGIN": return said.outcome === "accepted" ? "signed in" : "was not signed in: " + said.reason + (said.count > 1 ? ", " + said.count + " times" : "");
    case "LOGOUT": return "signed out";
    case "TOKEN_REUSE": return "a used token came again: the session was ended";
    case "MODEL_LOAD": return "loaded model " + short(said.version) + (said.outcome === "failed" ? ": failed, " + said.code : "");
    case "PREDICTION": return said.count + (Number(said.count) === 1 ? " prediction of model " : " predictions of model ") + short(said.version) + " in the minute of " + time(said.minute);
    case "TRAINING": return "training run " + (RUN[said.state] || said.state) + (said.reason ? ": " + said.reason : "");
    case "DEPLOYMENT": return said.alias + ": " + (said.to ? short(said.to) : "none") + ", was " + (said.from ? short(said.from) : "none") + (said.by ? ", by " + said.by : "");
    case "ACCESS_DENIED": return "was refused " + (said.method || "") + " " + (said.route || entry.resource) + (said.count > 1 ? ", " + said.count + " times" : "");
    default: return [said.method, entry.resource].filter((word) => word).join(" ");
  }
}
function drawAudit() {
  const entries = auditPages.flat();
  // A call that was answered is shown once, with its answer.
  const answered = new Set(entries.filter((entry) => entry.metadata.stage === "answered").map((entry) => entry.action + entry.metadata.request));
  const shown = entries.filter((entry) => entry.metadata.stage !== "asked" || !answered.has(entry.action + entry.metadata.request));
  $("auditMore").hidden = auditNext === null;
  $("auditList").replaceChildren(...(shown.length ? shown.map(drawAuditEntry) : [el("p", "card note", "Nothing of that kind in this time.")]));
}
function drawAuditEntry(entry) {
  const card = el("article", "card stack"), head = el("div", "row");
  const isRefused = AUDIT_BAD.includes(entry.action) || entry.metadata.outcome === "refused" || Number(entry.metadata.status) >= 400;
  head.append(el("strong", isRefused ? "bad" : "", AUDIT_ACTION[entry.action] || entry.action), el("span", "note", "no. " + entry.number + " \u00B7 " + time(entry.at)));
  const status = entry.metadata.status ? " \u2192 " + entry.metadata.status : entry.metadata.stage === "asked" && entry.action !== "ACCESS" ? " \u2192 no answer on record" : "";
  card.append(head, el("p", "", auditName(entry) + ": " + auditWords(entry) + status));
  const more = el("details"), facts = Object.entries(entry.metadata).sort((a, b) => a[0].localeCompare(b[0]));
  more.append(el("summary", "", "All of it"), pairs([["actor", entry.actor], ["resource", entry.resource], ["time", entry.at], ...facts, ["SHA-256", entry.hash]]));
  card.append(more);
  return card;
}
$("auditExport").onclick = async () => {
  $("auditExport").disabled = true;
  try {
    const response = await ask("GET", "/audit/export", undefined, "application/x-ndjson");
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail || "The server answered " + response.status + ".");
    const link = el("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = "audit-" + session.organization.slug + ".ndjson";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    await pollAudit();
  } catch (error) { toast(error.message); } finally { $("auditExport").disabled = false; }
};
