// ---- System alarms: what admins must know of Eagle itself
const SYSTEM_KIND = {
  MODEL_UNWELL: ["Model unwell", "models"], SOURCE_LOST: ["Source silent", null], DELIVERY_FAILED: ["Notices not delivered", "delivery"],
};
const systemAlarms = new Map();
const SYSTEM_AGE_MAX = 30e3;
let systemChanges = 0, isSystemKnown = false, systemAskedAt = 0;

function clearSystemAlarms() {
  systemAlarms.clear();
  isSystemKnown = false;
  $("systemAlarms").hidden = true;
  $("systemAlarmList").replaceChildren();
}
// What other processes of the server change is not told on the stream: it is asked for now and then.
function refreshSystemAlarms() {
  if (!isSystemKnown || performance.now() - systemAskedAt > SYSTEM_AGE_MAX) loadSystemAlarms();
}
async function loadSystemAlarms() {
  if (!may("model:deploy") || !session.organization) return;
  systemAskedAt = performance.now();
  const mine = epoch, before = systemChanges;
  try {
    const page = await call("GET", "/system-alarms?limit=200");
    if (mine !== epoch || session === null) return;
    // What was heard meanwhile is newer than this answer.
    if (before !== systemChanges) return loadSystemAlarms();
    const known = isSystemKnown && JSON.stringify([...systemAlarms.values()]);
    isSystemKnown = true;
    systemAlarms.clear();
    for (const alarm of page.items) if (!alarm.clearedAt) systemAlarms.set(alarm.id, alarm);
    // Nobody loses the button that he is at for nothing new.
    if (known !== JSON.stringify([...systemAlarms.values()])) drawSystemAlarms();
  } catch (error) {
    if (mine !== epoch || session === null) return;
    isSystemKnown = false;
    drawSystemAlarms(error.message);
  }
}
function hearSystem(alarm) {
  systemChanges += 1;
  if (alarm.clearedAt) systemAlarms.delete(alarm.id);
  else {
    systemAlarms.set(alarm.id, alarm);
    $("said").textContent = systemName(alarm) + ": " + alarm.message;
  }
  drawSystemAlarms();
}
const systemName = (alarm) => (SYSTEM_KIND[alarm.kind] || [alarm.kind])[0];
function drawSystemAlarms(problem) {
  const open = [...systemAlarms.values()].sort((a, b) => Date.parse(b.raisedAt) - Date.parse(a.raisedAt));
  const cards = open.map((alarm) => {
    const card = el("article", "card alarm SYSTEM"), top = el("div", "top"), [name, place] = SYSTEM_KIND[alarm.kind] || [alarm.kind, null];
    const age = el("span", "note", since(alarm.raisedAt));
    age.dataset.since = alarm.raisedAt;
    top.append(el("span", "badge", "! " + name), age);
    card.append(top, el("p", "", alarm.message));
    if (place) {
      const look = el("button", "", place === "models" ? "Go to models" : "Go to notifications");
      look.onclick = () => openView(place);
      card.append(look);
    }
    return card;
  });
  if (problem) cards.push(el("p", "card bad", "System alarms are not up to date: " + problem));
  $("systemAlarms").hidden = !cards.length;
  $("systemAlarmCount").textContent = open.length ? open.length + " open" : "";
  $("systemAlarmList").replaceChildren(...cards);
}
// By its button, which the pages listen to.
function openView(name) {
  if (view !== name) document.querySelector('nav button[data-view="' + name + '"]').click();
}
