// ---- Words on alarms
const words = new Map(), unjudged = new Map();
let judgedBy = "model";
$("judgedBy").onchange = () => { judgedBy = $("judgedBy").value; unjudged.clear(); pollAccuracy(); };
function drawJudged(page) {
  // What was judged just now stays, so that a word can be taken for another.
  for (const alarm of page.items) unjudged.set(alarm.id, alarm);
  const shown = [...unjudged.values()].sort((a, b) => Date.parse(b.raisedAt) - Date.parse(a.raisedAt)).slice(0, 16);
  $("judgedCount").textContent = page.items.length + (page.next ? "+" : "") + " not judged yet";
  $("judgedList").replaceChildren(...(shown.length ? shown.map((alarm) => {
    const card = el("article", "card stack"), head = el("div", "row");
    head.append(el("strong", "", alarm.asset), el("span", "note", time(alarm.raisedAt) + (alarm.isOpen ? " \u00B7 open" : "")));
    card.append(head, el("p", "", dated(alarm.headline, alarm)), wordButtons(alarm));
    return card;
  }) : [el("p", "card note", "No such alarm waits for a word.")]));
}
const wordText = (said) => (said.isAccurate ? "\u2713 right" : "\u2715 false alarm") + (said.component ? ", it was " + said.component : "")
  + (said.reason ? ": " + said.reason : "") + ", says " + said.by;
// The last word that was said here, and buttons for another.
function wordButtons(alarm) {
  const row = el("div", "words"), said = words.get(alarm.id);
  if (said) {
    row.append(el("span", "note", wordText(said)));
  }
  const give = async (word) => {
    words.set(alarm.id, await call("POST", "/alarms/" + alarm.id + "/feedback", word));
    const isForetold = alarm.causes.some((cause) => cause.source === "prediction");
    toast("Thank you: it counts from now on" + (isForetold ? ", and the next model learns from it." : "."));
    row.replaceWith(wordButtons(alarm));
    if (view === "accuracy") pollAccuracy();
  };
  const right = action("\u2713 Was right", "feedback:give", () => give({ isAccurate: true }));
  const wrong = action("\u2715 False alarm", "feedback:give", () => give({ isAccurate: false }));
  const more = action("More \u2026", "feedback:give", async () => { const word = await askWord(alarm); if (word) await give(word); });
  right.setAttribute("aria-label", "It was right: " + alarm.headline);
  wrong.setAttribute("aria-label", "It was a false alarm: " + alarm.headline);
  more.setAttribute("aria-label", "Say more of it: " + alarm.headline);
  row.append(right, wrong, more);
  return row;
}
// A verdict with a reason and the component that failed in truth, or null.
function askWord(alarm) {
  const dialog = $("tell");
  $("tellTitle").textContent = alarm.asset + ": " + dated(alarm.headline, alarm);
  $("tellComponent").value = alarm.component || "";
  $("tellReason").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (dialog.returnValue !== "right" && dialog.returnValue !== "wrong") return resolve(null);
      const word = { isAccurate: dialog.returnValue === "right" };
      const reason = $("tellReason").value.trim(), component = $("tellComponent").value.trim();
      if (reason) word.reason = reason;
      if (word.isAccurate && component) word.component = component;
      resolve(word);
    };
  });
}

// ---- Failures
function drawFailureForm(assets) {
  // Nobody's half-typed form is taken away.
  if ($("failureForm").children.length && $("failureForm").dataset.assets === assets.join("\n")) return;
  $("failureForm").dataset.assets = assets.join("\n");
  if (!may("failure:record")) { $("failureForm").replaceChildren(); return; }
  const form = el("form", "card stack"), fields = el("div", "fields");
  const field = (text, input) => { const label = el("label", "", text); label.append(input); fields.append(label); return input; };
  const input = (type, isRequired) => Object.assign(el("input"), { type, required: isRequired });
  const asset = field("Asset", el("select"));
  for (const name of assets) { const option = el("option", "", name); option.value = name; asset.append(option); }
  const component = field("Component, if known", input("text", false));
  component.setAttribute("list", "componentNames");
  component.maxLength = 200;
  const start = field("Began", input("datetime-local", true));
  const end = field("Ended, if it has", input("datetime-local", false));
  form.onsubmit = async (event) => {
    event.preventDefault();
    const failure = { asset: asset.value, start: new Date(start.value).toISOString() };
    if (end.value) failure.end = new Date(end.value).toISOString();
    if (component.value.trim()) failure.component = component.value.trim();
    try {
      const receipt = await call("POST", "/failures", { failures: [failure] });
      toast(receipt.recorded ? "The failure is recorded." : "That failure was recorded already.");
      form.reset();
      await pollAccuracy();
    } catch (error) { toast(error.message); }
  };
  const file = input("file", false);
  file.accept = ".csv,text/csv";
  file.onchange = async () => {
    if (!file.files.length) return;
    try {
      const receipt = await call("POST", "/failures", await file.files[0].text());
      toast(receipt.recorded + " recorded, " + (receipt.received - receipt.recorded) + " known already.");
      await pollAccuracy();
    } catch (error) { toast(error.message); }
    file.value = "";
  };
  const label = el("label", "", "Or a CSV file: asset,timestamp,component and optionally end");
  label.append(file);
  const send = el("button", "strong", "Record the failure");
  send.disabled = !assets.length;
  form.append(fields, send, label);
  $("failureForm").replaceChildren(form);
}
function drawFailures(page) {
  const names = new Set(page.items.map((failure) => failure.component).filter((name) => name));
  for (const alarm of unjudged.values()) if (alarm.component) names.add(alarm.component);
  $("componentNames").replaceChildren(...[...names].sort().map((name) => { const option = el("option"); option.value = name; return option; }));
  $("failureCount").textContent = page.items.length + (page.next ? "+" : "") + " recorded";
  $("failureList").replaceChildren(...(page.items.length ? page.items.map((failure) => {
    const card = el("article", "card row"), text = el("div", "stack");
    text.append(el("strong", "", failure.asset + (failure.component ? " \u00B7 " + failure.component : "")),
      el("span", "note", time(failure.start) + (failure.end !== failure.start ? " to " + time(failure.end) : "") + (failure.recordedBy ? " \u00B7 by " + failure.recordedBy : "")));
    const remove = action("Take back \u2026", "failure:record", async () => {
      const reason = await askReason("Take back the failure of " + failure.asset, "Take it back");
      if (!reason) return;
      const query = new URLSearchParams({ asset: failure.asset, start: failure.start, reason });
      if (failure.component) query.set("component", failure.component);
      await call("DELETE", "/failures?" + query);
      await pollAccuracy();
    });
    remove.setAttribute("aria-label", "Take back the failure of " + failure.asset + " that began " + time(failure.start));
    card.append(text, remove);
    return card;
  }) : [el("p", "card note", "No failure is recorded. Without records nobody knows what was missed.")]));
}
