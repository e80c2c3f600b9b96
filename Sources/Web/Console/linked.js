// ---- One alarm, by its link: in the list, or alone where it isn't there any more
let linked = null;

const linkedID = () => (location.hash.match(/^#alarm\/([0-9A-Fa-f-]{36})$/) || [null, null])[1];
function clearLinked() {
  linked = null;
  $("linked").hidden = true;
  $("linkedCard").replaceChildren();
}
async function followLink() {
  clearLinked();
  // Who went to an issuer to sign in left the link behind.
  const kept = tabStore.read("link");
  if (kept !== null) {
    tabStore.write("link", null);
    if (!location.hash) history.replaceState(null, "", location.pathname + location.search + kept);
  }
  const id = linkedID();
  if (id === null || session === null || !session.organization) { markLinked(); return; }
  openView("plant");
  const mine = epoch, found = { id: id.toLowerCase(), alarm: null, history: [], words: [], problem: "", isShown: false, text: "" };
  try {
    const [whole, said] = await Promise.all([call("GET", "/alarms/" + id), call("GET", "/alarms/" + id + "/feedback")]);
    Object.assign(found, { id: whole.alarm.id, alarm: whole.alarm, history: whole.history, words: said.items });
  } catch (error) {
    found.problem = error.status !== 404 ? "The alarm of this link can't be shown: " + error.message
      : "There is no such alarm in " + session.organization.name + "." + (session.user.organization ? "" : " If it is another organization's, choose that one above.");
  }
  if (mine !== epoch || session === null || linkedID() !== id) return;
  linked = found;
  drawLinked();
}
// On its card in the list, once that is there; else alone, with what became of it.
function drawLinked() {
  markLinked();
  if (!linked) return;
  const known = cards.get(linked.id);
  $("linked").hidden = Boolean(known);
  if (known) {
    bringIntoView(known.node);
    return;
  }
  // The list of open alarms is still to come.
  if (linked.alarm && linked.alarm.isOpen && sequence === null) { $("linked").hidden = true; return; }
  const text = JSON.stringify([linked.alarm, linked.history, explained.has(linked.id)]);
  if (linked.text === text) return;
  linked.text = text;
  if (!linked.alarm) { $("linkedCard").replaceChildren(el("p", "card", linked.problem)); return; }
  const past = el("article", "card stack"), list = el("ol");
  for (const change of linked.history) {
    list.append(el("li", "", time(change.at) + ": " + (CHANGE[change.change] || change.change) + (change.by ? " by " + change.by : "")));
  }
  past.append(el("strong", "", "What became of it"), list);
  for (const word of linked.words) past.append(el("p", "note", wordText(word) + ", " + time(word.at)));
  $("linkedCard").replaceChildren(drawAlarm(linked.alarm), past);
  bringIntoView($("linked"));
}
// Once, and below the header, which stays.
function bringIntoView(node) {
  if (linked.isShown) return;
  linked.isShown = true;
  scrollTo(0, Math.max(0, node.getBoundingClientRect().top + scrollY - document.querySelector("header").offsetHeight - 12));
}
function markLinked() {
  for (const [id, card] of cards) card.node.classList.toggle("linked", linked !== null && linked.id === id);
}
function hearLinked(alert) {
  if (!linked || linked.id !== alert.alarm.id) return;
  linked.alarm = alert.alarm;
  linked.history.push(alert);
}
$("linkedClose").onclick = () => { history.replaceState(null, "", location.pathname + location.search); clearLinked(); markLinked(); };
addEventListener("hashchange", () => followLink());
// A notice of the browser that is tapped while the page is open.
if (navigator.serviceWorker) {
  navigator.serviceWorker.onmessage = (event) => {
    const link = event.data && event.data.link;
    if (typeof link !== "string" || !link.startsWith("#alarm/")) return;
    if (location.hash === link) followLink(); else location.hash = link;
  };
}
