// ---- Silence: what is shelved or out of service, and how it gets there and back
const LENGTHS = [[30, "30 minutes"], [60, "1 hour"], [240, "4 hours"], [480, "8 hours"], [720, "12 hours"]];
const LONG_LENGTHS = [[1440, "1 day"], [4320, "3 days"], [10080, "7 days"], [44640, "31 days"]];
const KINDS = { shelved: "Shelve: a nuisance, for a while", outOfService: "Out of service: people work on it" };
let orders = [], ordersAsked = 0, ordersKnown = 0;

function clearSilence() {
  orders = [];
  $("silences").hidden = $("allSilent").hidden = true;
  $("silenceList").replaceChildren();
}
async function loadOrders() {
  const mine = epoch, turn = ++ordersAsked;
  const page = await call("GET", "/suppressions");
  // An answer that a later one has overtaken says nothing any more.
  if (mine !== epoch || session === null || turn < ordersKnown) return;
  ordersKnown = turn;
  const isNew = JSON.stringify(page.items) !== JSON.stringify(orders);
  orders = page.items;
  drawOrders();
  if (isNew) drawAlarms();
}
const conditionName = (key) => (key.startsWith("component:") ? key.slice(10) : key.startsWith("rule:") ? "rule " + key.slice(5) : key);
const placeName = (order) => (!order.asset ? "The whole plant" : !order.condition ? "All of " + order.asset : order.asset + ": " + conditionName(order.condition));
// The order that keeps an alarm silent, as the server chooses it: out of service before shelved, the widest of either.
function orderOf(alarm) {
  if (alarm.suppression.kind !== "shelved" && alarm.suppression.kind !== "outOfService") return null;
  const found = [[undefined, undefined], [alarm.asset, undefined], [alarm.asset, alarm.condition]]
    .map(([asset, condition]) => orders.find((order) => order.asset === asset && order.condition === condition)).filter((order) => order);
  return found.find((order) => order.kind === "outOfService") || found[0] || null;
}
function drawOrders() {
  const mayOrder = may("alarm:suppress"), whole = orders.find((order) => !order.asset);
  $("allSilent").hidden = !whole;
  if (whole) $("allSilent").textContent = "No alarm of this plant is heard: " + silenceText(whole);
  $("silences").hidden = !orders.length && !mayOrder;
  $("silenceCount").textContent = orders.length ? String(orders.length) : "";
  $("silenceNew").hidden = !mayOrder;
  // Nobody's button is taken away while a finger is on it.
  const text = JSON.stringify([orders, mayOrder, may("alarm:shelve")]);
  if ($("silenceList").dataset.text === text && $("silenceList").firstChild) return;
  $("silenceList").dataset.text = text;
  $("silenceList").replaceChildren(...(orders.length ? orders.map(drawOrder) : [el("p", "card note", "Every alarm is heard.")]));
}
function drawOrder(order) {
  const card = el("article", "card stack"), head = el("div", "row");
  head.append(el("strong", "", placeName(order)), el("span", "note", order.since ? "since " + time(order.since) : ""));
  card.append(head, el("p", "", silenceText(order)));
  if (order.kind === "outOfService" && !order.until) card.append(el("p", "note", "Until somebody takes it back."));
  const end = endOf(order);
  if (end) {
    const buttons = el("div", "buttons");
    buttons.append(end);
    card.append(buttons);
  }
  return card;
}
// What ends an order, for those who may: admins any, operators what is shelved of one condition, whether or not it has an
// alarm now.
function endOf(order) {
  const text = order.kind === "outOfService" ? "Put it back in service" : "Let it be heard again";
  if (may("alarm:suppress")) return withName(action(text, "alarm:suppress", () => endOrder(order)), text, placeName(order));
  if (order.kind !== "shelved" || !order.condition || !may("alarm:shelve")) return null;
  return withName(action(text, "alarm:shelve", () => endShelf(order)), text, placeName(order));
}
const withName = (button, text, of) => { button.setAttribute("aria-label", text + ": " + of); return button; };
async function endOrder(order) {
  const query = new URLSearchParams();
  if (order.asset) query.set("asset", order.asset);
  if (order.condition) query.set("condition", order.condition);
  await call("DELETE", "/suppressions?" + query);
  await loadOrders();
}
async function endShelf(order) {
  await call("DELETE", "/suppressions/shelved?" + new URLSearchParams({ asset: order.asset, condition: order.condition }));
  await loadOrders();
}
async function putOrder(wish) {
  await call("PUT", "/suppressions", wish);
  await loadOrders();
}
// What is to be silenced, how, for how long and why; null where nothing is.
function askSilence(title, places) {
  const dialog = $("silence"), mayOrder = may("alarm:suppress");
  $("silenceTitle").textContent = title;
  fillSelect($("silencePlace"), places.map(([name], index) => [index, name]));
  fillSelect($("silenceKind"), Object.entries(KINDS));
  $("silencePlaceField").hidden = $("silenceKindField").hidden = !mayOrder;
  const fill = () => {
    const isOut = $("silenceKind").value === "outOfService";
    fillSelect($("silenceLength"), [...(isOut ? [["", "Until it is taken back"]] : []), ...LENGTHS, ...(mayOrder ? LONG_LENGTHS : [])], isOut ? "" : 240);
  };
  $("silenceKind").onchange = fill;
  fill();
  $("silenceReason").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (dialog.returnValue !== "do") return resolve(null);
      const wish = { reason: $("silenceReason").value.trim() }, minutes = Number($("silenceLength").value);
      if (minutes) wish.minutes = minutes;
      if (mayOrder) Object.assign(wish, { kind: $("silenceKind").value }, places[Number($("silencePlace").value)][1]);
      resolve(wish);
    };
  });
}
function fillSelect(select, options, chosen) {
  select.replaceChildren(...options.map(([value, name]) => {
    const option = el("option", "", name);
    option.value = value;
    option.selected = value === chosen;
    return option;
  }));
}
$("silenceNew").onclick = async () => {
  try {
    const page = await call("GET", "/assets?limit=1000");
    const places = page.items.map((asset) => ["All of " + asset.name, { asset: asset.name }]);
    const wish = await askSilence("Keep alarms silent", [...places, ["The whole plant", {}]]);
    if (wish) await putOrder(wish);
  } catch (error) { toast(error.message); }
};

// ---- What people do with one alarm
const post = (alarm, path, body) => call("POST", "/alarms/" + alarm.id + "/" + path, body);
function askNote(alarm) {
  const dialog = $("note");
  $("noteTitle").textContent = alarm.asset + ": " + dated(alarm.headline, alarm);
  $("noteText").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      const note = $("noteText").value.trim();
      resolve(dialog.returnValue === "do" ? (note ? { note } : {}) : null);
    };
  });
}
function alarmAction(alarm, text, work, isStrong) {
  const button = el("button", (isStrong ? "strong " : "") + "acknowledge", text);
  button.setAttribute("aria-label", text + ": " + alarm.headline);
  button.disabled = !isLive;
  button.onclick = async () => {
    button.disabled = true;
    try { await work(); } catch (error) { toast(error.message); }
    button.disabled = !isLive;
  };
  return button;
}
function alarmButtons(alarm) {
  const buttons = el("div", "buttons"), kind = alarm.suppression.kind;
  if (needsWord(alarm) && may("alarm:acknowledge")) {
    const noted = alarmAction(alarm, "Note \u2026", async () => { const wish = await askNote(alarm); if (wish) await post(alarm, "acknowledge", wish); });
    buttons.append(alarmAction(alarm, "Acknowledge", () => post(alarm, "acknowledge", {}), true), withName(noted, "Acknowledge with a note", alarm.headline));
  }
  if (alarm.state === "latched" && may("alarm:acknowledge")) buttons.append(alarmAction(alarm, "Reset", () => post(alarm, "reset", {}), true));
  if (kind === "none" && alarm.isOpen && may("alarm:shelve")) {
    buttons.append(alarmAction(alarm, may("alarm:suppress") ? "Silence \u2026" : "Shelve \u2026", () => silence(alarm)));
  }
  const found = orderOf(alarm);
  // What holds for the whole plant ends under "Kept silent", where it is seen to.
  if (found && found.asset && may("alarm:suppress")) {
    const words = found.kind === "outOfService" ? "Back in service" : "Unshelve";
    buttons.append(alarmAction(alarm, found.condition ? words : words + ": " + placeName(found).toLowerCase(), () => endOrder(found)));
  } else if (found && found.kind === "shelved" && found.condition && may("alarm:shelve")) {
    buttons.append(alarmAction(alarm, "Unshelve", async () => { await post(alarm, "unshelve", {}); await loadOrders(); }));
  }
  buttons.append(whyButton(alarm));
  return buttons;
}
async function silence(alarm) {
  const wish = await askSilence("Keep silent: " + alarm.asset + ", " + dated(alarm.headline, alarm), [
    ["This alarm alone", { asset: alarm.asset, condition: alarm.condition }], ["All of " + alarm.asset, { asset: alarm.asset }],
  ]);
  if (!wish) return;
  if (wish.kind) return putOrder(wish);
  await post(alarm, "shelve", wish);
  await loadOrders();
}
