// ---- Notifications: whom alerts are brought to, and what did not get there
const KIND = { webhook: "Webhook", email: "E-mail", webPush: "Push to a browser", ntfy: "ntfy", slack: "Slack", teams: "Teams" };
const FIELDS = {
  webhook: [["url", "URL"]], email: [["to", "Addresses, with commas between them"]], slack: [["url", "URL of the incoming webhook"]],
  teams: [["url", "URL of the workflow"]], ntfy: [["server", "Server", "https://ntfy.sh"], ["topic", "Topic"], ["token", "Access token, if it needs one"]],
};
let deliveryTimer = 0, deliveryEpoch = 0, deviceState = "";

for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => {
    $("deliveryView").hidden = view !== "delivery";
    if (view === "delivery") pollDelivery();
  });
}
function clearDelivery() {
  clearTimeout(deliveryTimer);
  deliveryEpoch += 1;
  deviceState = "";
  for (const list of ["targetList", "targetForm", "deviceList", "deadList", "policyList"]) $(list).replaceChildren();
  for (const count of ["deliveryNote", "deadCount"]) $(count).textContent = "";
  if (view === "delivery") pollDelivery();
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) pollDelivery(); });
async function pollDelivery() {
  clearTimeout(deliveryTimer);
  if (!session || !session.organization || document.hidden || view !== "delivery") return;
  const mine = deliveryEpoch, isMine = () => mine === deliveryEpoch && session !== null;
  try {
    const [targets, dead, stored] = await Promise.all([
      call("GET", "/delivery-targets"), call("GET", "/deliveries?state=dead&limit=50"), call("GET", "/delivery-policy"),
    ]);
    if (!isMine()) return;
    drawTargets(targets.items);
    drawDead(dead);
    drawPolicy(stored);
    if (may("delivery:manage") && !$("targetForm").firstChild) drawTargetForm();
    await thisDevice(targets.items, isMine).catch((error) => {
      deviceState = "";
      $("deviceList").replaceChildren(el("p", "card note", error.message));
    });
    if (!isMine()) return;
    $("deliveryNote").textContent = "";
  } catch (error) {
    if (isMine()) $("deliveryNote").textContent = "Not up to date: " + error.message;
  }
  if (isMine()) { clearTimeout(deliveryTimer); deliveryTimer = setTimeout(pollDelivery, 10000); }
}

const targetPlace = (target) => target.url || target.host || (target.to || []).join(", ") || (target.topic ? target.server + ", " + target.topic : "");
const targetWords = new Map();
function drawTargets(targets) {
  if (!targets.length) {
    $("targetList").replaceChildren(el("p", "card note", "Alerts go to nobody but this page yet. Add a target, and every alarm that annunciates goes there."));
    return;
  }
  $("targetList").replaceChildren(...targets.map((target) => {
    const card = el("article", "card stack"), head = el("div", "row");
    head.append(el("strong", "", target.name), el("span", "note", KIND[target.kind] || target.kind));
    card.append(head, el("p", "note", targetPlace(target)));
    if (target.probesAt) card.append(el("p", "bad", target.failureCount + " failures in a row: tried again " + time(target.probesAt)));
    const said = el("p", "note", targetWords.get(target.id) || "");
    said.setAttribute("role", "status");
    const buttons = el("div", "buttons");
    buttons.append(action("Send a test", "delivery:manage", async () => {
      const answer = await call("POST", "/delivery-targets/" + target.id + "/test", {});
      const words = answer.isDelivered ? "\u2713 It took the test, with " + answer.status : "\u2715 " + answer.failure.reason;
      targetWords.set(target.id, words);
      said.textContent = words;
    }), action("Remove", "delivery:manage", async () => {
      if (!await askReason("Remove " + target.name + " and call off what was to go there", "Remove it")) return;
      await call("DELETE", "/delivery-targets/" + target.id);
      await pollDelivery();
    }));
    card.append(said, buttons);
    return card;
  }));
}
function drawTargetForm() {
  const form = el("form", "card stack"), kind = el("select"), fields = el("div", "stack"), inputs = new Map();
  form.append(el("strong", "", "Add a target"));
  const field = (place, key, text, value) => {
    const label = el("label", "", text), input = el("input");
    input.value = value || "";
    input.required = key !== "token";
    input.autocomplete = "off";
    label.append(input);
    place.append(label);
    inputs.set(key, input);
  };
  field(form, "name", "Name, as routes call it");
  const label = el("label", "", "Way");
  for (const name of Object.keys(FIELDS)) {
    const option = el("option", "", KIND[name]);
    option.value = name;
    kind.append(option);
  }
  label.append(kind);
  const choose = () => {
    fields.replaceChildren();
    for (const key of [...inputs.keys()]) if (key !== "name") inputs.delete(key);
    for (const [key, text, value] of FIELDS[kind.value]) field(fields, key, text, value);
  };
  kind.onchange = choose;
  choose();
  const said = el("p", "note", "");
  said.setAttribute("role", "status");
  form.onsubmit = async (event) => {
    event.preventDefault();
    const draft = { kind: kind.value };
    for (const [key, input] of inputs) if (input.value.trim()) draft[key] = input.value.trim();
    if (draft.to) draft.to = draft.to.split(",").map((address) => address.trim()).filter((address) => address);
    try {
      const target = await call("POST", "/delivery-targets", draft);
      for (const input of inputs.values()) input.value = "";
      choose();
      said.textContent = target.signingKey
        ? "Added. Its documents are signed with " + target.signingKey + " \u2013 give it to the receiver now, it is not shown again."
        : "Added.";
      await pollDelivery();
    } catch (error) { said.textContent = error.message; }
  };
  form.append(label, fields, el("button", "strong", "Add"), said);
  $("targetForm").replaceChildren(form);
}
function drawDead(page) {
  $("deadCount").textContent = page.items.length ? page.items.length + (page.next ? "+" : "") : "";
  $("deadList").replaceChildren(...(page.items.length ? page.items.map((delivery) => {
    const card = el("article", "card stack"), head = el("div", "row");
    head.append(el("strong", "", "no. " + delivery.sequence + " to " + delivery.targetName), el("span", "note", time(delivery.endedAt || delivery.dueAt)));
    card.append(head, el("p", "bad", delivery.lastError || "given up"),
      el("p", "note", delivery.severity + " \u00B7 tried " + times(delivery.attempts) + (delivery.step ? " \u00B7 step " + delivery.step + " of the escalation" : "")),
      action("Send again", "delivery:manage", async () => {
        await call("POST", "/deliveries/" + delivery.id + "/retry", {});
        await pollDelivery();
      }));
    return card;
  }) : [el("p", "card note", "Nothing was given up.")]));
}
const routeWho = (route) => [
  (route.severities || ["every severity"]).join(", "), (route.assets || ["every asset"]).join(", "), (route.components || ["every component"]).join(", "),
].join(" \u00B7 ");
const names = (targets) => targets.map((name) => (name === "*" ? "every target" : name.startsWith("channel:") ? "all of " + (KIND[name.slice(8)] || name.slice(8)) : name)).join(", ");
function drawPolicy(stored) {
  const cards = stored.policy.routes.map((route) => {
    const card = el("article", "card stack");
    card.append(el("strong", "", route.id), el("p", "note", routeWho(route)));
    const facts = [["tells", names(route.targets)]];
    if (route.changes) facts.push(["of", route.changes.map((change) => CHANGE[change] || change).join(", ")]);
    const quiet = route.quietHours;
    if (quiet) facts.push(["quiet, but for critical", quiet.from + " to " + quiet.to + ", " + quiet.timeZone + (quiet.days ? ", " + quiet.days.join(" ") : "")]);
    for (const step of route.escalation || []) facts.push(["not acknowledged after " + span(step.afterMinutes * 60), names(step.targets)]);
    card.append(pairs(facts));
    return card;
  });
  if (!cards.length) cards.push(el("p", "card note", "No route: alerts go to nobody but this page."));
  const by = stored.version ? "version " + stored.version + ", by " + stored.changedBy + ", " + time(stored.changedAt) : "This is the standard: nobody has put a policy yet";
  cards.push(el("p", "note", "At most " + stored.policy.perMinuteMax + " notices a minute to a target, the rest as one. Eagle's own alarms go to " + (names(stored.policy.system) || "nobody") + ". " + by + "."));
  $("policyList").replaceChildren(...cards);
}

// ---- This device: alerts that come while no page is open
const DEVICE = {
  on: "This device takes alerts, also while the page is closed.",
  off: "This device shows alerts only while the page is open.",
  removed: "The browser is ready, but this device is no target here: it shows alerts only while the page is open.",
};
const pushKeyOf = (text) => (text || "").replace(/=+$/, "");
// A browser that has subscribed takes nothing unless the server has it among its targets: an admin may have removed it.
async function thisDevice(targets, isMine) {
  const place = $("deviceList"), card = el("article", "card stack");
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    card.append(el("p", "note", "This browser takes no messages while the page is closed. On an iPhone, add the page to the home screen first."));
    place.replaceChildren(card);
    return;
  }
  const registration = await navigator.serviceWorker.register("/push-worker.js");
  const known = await registration.pushManager.getSubscription();
  const own = known && pushKeyOf(known.toJSON().keys.p256dh);
  const isTarget = Boolean(known) && targets.some((target) => target.kind === "webPush" && pushKeyOf(target.p256dh) === own);
  const state = isTarget ? "on" : known ? "removed" : "off";
  // What stands there with a button that is being used stays, while it is true.
  if (!isMine() || (state === deviceState && place.firstChild)) return;
  deviceState = state;
  const buttons = el("div", "buttons");
  card.append(el("p", "", DEVICE[state]));
  buttons.append(action("Bring alerts to this device", "delivery:read", async () => {
    const key = await call("GET", "/push-key");
    if (await Notification.requestPermission() !== "granted") throw new Error("The browser was not allowed to show messages.");
    const bytes = Uint8Array.from(atob(key.publicKey.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const ready = await navigator.serviceWorker.ready;
    await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes });
    await bringHere(ready);
    await pollDelivery();
  }, !isTarget));
  if (isTarget) {
    buttons.append(action("No alerts on this device any more", "delivery:read", async () => {
      const target = await bringHere(registration);
      await call("DELETE", "/push-subscriptions/" + target.id);
      // Who runs the server may have subscribed it for other organizations as well.
      if (session.user.organization) await known.unsubscribe();
      await pollDelivery();
    }));
  }
  card.append(buttons);
  place.replaceChildren(card);
}
// Tells the server of the subscription; the same again changes nothing.
async function bringHere(registration) {
  const subscription = await registration.pushManager.getSubscription();
  return call("POST", "/push-subscriptions", subscription.toJSON());
}
