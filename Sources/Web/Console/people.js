// ---- People: who may come in, machines' keys, and one's own sessions
const ROLE = { ADMIN: "Admin", OPERATOR: "Operator", SUPER_ADMIN: "Runs the server" };
const KEY_KINDS = [["Sends readings", (p) => p === "reading:write"], ["Reads everything", (p) => p.endsWith(":read")], ["What I choose", null]];
// What people alone may, and what is the server's.
const NOT_FOR_KEYS = ["user:manage", "apikey:manage", "organization:manage", "system:read"];
const userCards = new Map();
let peopleTimer = 0, peopleEpoch = 0;

for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => {
    $("peopleView").hidden = view !== "people";
    if (view === "people") pollPeople();
  });
}
function clearPeople() {
  clearTimeout(peopleTimer);
  peopleEpoch += 1;
  userCards.clear();
  for (const list of ["userList", "userForm", "keyList", "keyForm", "sessionList", "passwordForm"]) $(list).replaceChildren();
  for (const count of ["peopleNote", "userCount", "keyCount", "sessionCount"]) $(count).textContent = "";
  $("users").hidden = $("keys").hidden = true;
  if (view === "people") pollPeople();
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) pollPeople(); });
async function pollPeople() {
  clearTimeout(peopleTimer);
  if (!session || document.hidden || view !== "people") return;
  const mine = peopleEpoch, isMine = () => mine === peopleEpoch && session !== null;
  const seesUsers = may("user:read") && session.organization, seesKeys = may("apikey:read") && session.organization;
  $("users").hidden = !seesUsers;
  $("keys").hidden = !seesKeys;
  try {
    const [users, keys, sessions] = await Promise.all([
      seesUsers ? call("GET", "/users") : null, seesKeys ? call("GET", "/api-keys") : null, call("GET", "/auth/sessions"),
    ]);
    if (!isMine()) return;
    if (users) drawUsers(users.items);
    if (keys) drawKeys(keys.items);
    drawSessions(sessions.items);
    if (users && may("user:manage") && !$("userForm").firstChild) drawUserForm();
    if (keys && may("apikey:manage") && !$("keyForm").firstChild) drawKeyForm();
    if (!$("passwordForm").firstChild) drawPasswordForm();
    $("peopleNote").textContent = "";
  } catch (error) {
    if (isMine()) $("peopleNote").textContent = "Not up to date: " + error.message;
  }
  if (isMine()) { clearTimeout(peopleTimer); peopleTimer = setTimeout(pollPeople, 30000); }
}
// A button that asks once more before it does what can't be undone.
function twice(text, question, work) {
  const button = el("button", "", text);
  let isAsked = false;
  button.onclick = async () => {
    if (!isAsked) {
      isAsked = true;
      button.textContent = question;
      setTimeout(() => { isAsked = false; button.textContent = text; }, 5000);
      return;
    }
    button.disabled = true;
    try { await work(); await pollPeople(); } catch (error) { toast(error.message); }
    button.disabled = false;
  };
  return button;
}
function peopleField(form, text, type, autocomplete) {
  const label = el("label", "", text), input = el("input");
  input.type = type;
  input.required = true;
  input.autocomplete = autocomplete || "off";
  label.append(input);
  form.append(label);
  return input;
}
function peopleForm(place, title, confirm, build, send) {
  const form = el("form", "card stack"), said = el("p", "note", "");
  said.setAttribute("role", "status");
  form.append(el("strong", "", title));
  const fields = build(form);
  const button = el("button", "strong", confirm);
  form.append(button, said);
  form.onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      said.textContent = await send(fields);
      await pollPeople();
    } catch (error) { said.textContent = error.message; }
    button.disabled = false;
  };
  $(place).replaceChildren(form);
}

// ---- Users
function drawUsers(users) {
  $("userCount").textContent = users.length;
  const cards = users.map((user) => {
    const card = el("article", "card stack"), head = el("div", "row");
    head.append(el("strong", "", user.email), el("span", "note", user.disabledAt ? "disabled since " + time(user.disabledAt) : ROLE[user.role] || user.role));
    card.append(head);
    if (!may("user:manage")) return card;
    const buttons = el("div", "buttons"), change = async (method, what, body) => {
      await call(method, "/users/" + user.id + what, body);
      await pollPeople();
    };
    const other = user.role === "ADMIN" ? "OPERATOR" : "ADMIN";
    buttons.append(
      twice("Make " + ROLE[other].toLowerCase(), "Really make " + ROLE[other].toLowerCase() + "?", () => change("PUT", "/role", { role: other })),
      user.disabledAt
        ? action("Enable", "user:manage", () => change("POST", "/enable"))
        : twice("Disable", "Really disable?", () => change("POST", "/disable")),
      twice("End sessions", "Really end all?", () => change("DELETE", "/sessions")),
      twice("Remove", "Really remove?", () => change("DELETE", "")),
    );
    const details = el("details"), form = el("form", "stack");
    details.append(el("summary", "", "Set a new password"), form);
    const password = peopleField(form, "New password, 8 characters or more", "password", "new-password");
    form.append(el("button", "", "Set it, and end his sessions"));
    form.onsubmit = async (event) => {
      event.preventDefault();
      try { await change("PUT", "/password", { password: password.value }); toast("The password of " + user.email + " is set."); }
      catch (error) { toast(error.message); }
    };
    card.append(buttons, details);
    // What somebody is typing is not taken from under his hands.
    const known = userCards.get(user.id), text = JSON.stringify(user);
    if (known && known.text === text) return known.card;
    userCards.set(user.id, { text, card });
    return card;
  });
  const there = $("userList").children;
  if (cards.length !== there.length || cards.some((card, index) => card !== there[index])) $("userList").replaceChildren(...cards);
}
function drawUserForm() {
  peopleForm("userForm", "Add a user", "Add", (form) => {
    const email = peopleField(form, "E-mail", "email"), password = peopleField(form, "First password, 8 characters or more", "password", "new-password");
    const label = el("label", "", "Role"), role = el("select");
    for (const name of ["OPERATOR", "ADMIN"]) {
      const option = el("option", "", ROLE[name]);
      option.value = name;
      role.append(option);
    }
    label.append(role);
    form.append(label);
    return { email, password, role };
  }, async ({ email, password, role }) => {
    const user = await call("POST", "/users", { email: email.value.trim(), password: password.value, role: role.value });
    email.value = password.value = "";
    return user.email + " can sign in.";
  });
}

// ---- Machines' keys
function drawKeys(keys) {
  $("keyCount").textContent = keys.length;
  $("keyList").replaceChildren(...(keys.length ? keys.map((key) => {
    const card = el("article", "card stack"), head = el("div", "row"), buttons = el("div", "buttons");
    head.append(el("strong", "", key.name), el("span", key.isExpired ? "bad" : "note", key.isExpired ? "expired" : key.lastUsedAt ? "used " + time(key.lastUsedAt) : "never used"));
    card.append(head, el("p", "", key.permissions.join(", ")),
      el("p", "note", "by " + key.createdBy + ", " + time(key.createdAt) + (key.expiresAt ? " \u00B7 until " + time(key.expiresAt) : "")));
    if (may("apikey:manage")) buttons.append(twice("Revoke", "Really revoke? Its machine is out at once.", () => call("DELETE", "/api-keys/" + key.id)));
    card.append(buttons);
    return card;
  }) : [el("p", "card note", "No machine has a key yet.")]));
}
function drawKeyForm() {
  peopleForm("keyForm", "Make a key for a machine", "Make it", (form) => {
    const name = peopleField(form, "Name, as this list shows it", "text");
    const label = el("label", "", "What for"), kind = el("select"), choices = el("div", "stack"), boxes = new Map();
    KEY_KINDS.forEach(([text], index) => {
      const option = el("option", "", text);
      option.value = index;
      kind.append(option);
    });
    label.append(kind);
    for (const permission of session.user.permissions.filter((p) => !NOT_FOR_KEYS.includes(p))) {
      const line = el("label", "check", permission), box = el("input");
      box.type = "checkbox";
      line.append(box);
      choices.append(line);
      boxes.set(permission, box);
    }
    const choose = () => {
      const fits = KEY_KINDS[kind.value][1];
      choices.hidden = fits !== null;
      if (fits) for (const [permission, box] of boxes) box.checked = fits(permission);
    };
    kind.onchange = choose;
    choose();
    const days = peopleField(form, "Days until it ends; empty: once it is revoked", "number");
    days.required = false;
    days.min = 1;
    days.max = 36500;
    form.append(label, choices);
    return { name, boxes, days };
  }, async ({ name, boxes, days }) => {
    const permissions = [...boxes].filter(([, box]) => box.checked).map(([permission]) => permission);
    const draft = { name: name.value.trim(), permissions };
    if (days.value) draft.expiresAt = new Date(serverNow() + Number(days.value) * 86400e3).toISOString();
    const key = await call("POST", "/api-keys", draft);
    name.value = days.value = "";
    return "Its key is " + key.key + " \u2013 give it to the machine now, it is not shown again.";
  });
}

// ---- One's own sessions
function drawSessions(sessions) {
  $("sessionCount").textContent = sessions.length;
  const cards = sessions.map((login) => {
    const card = el("article", "card stack"), head = el("div", "row"), buttons = el("div", "buttons");
    head.append(el("strong", "", login.userAgent || "Unknown program"), el("span", "note", login.isCurrent ? "this one" : "used " + time(login.lastUsedAt)));
    card.append(head, el("p", "note", "since " + time(login.startedAt) + (login.address ? " \u00B7 from " + login.address : "")));
    if (!login.isCurrent) buttons.append(twice("End it", "Really end it?", () => call("DELETE", "/auth/sessions/" + login.id)));
    card.append(buttons);
    return card;
  });
  if (sessions.length > 1) cards.push(twice("End all but this one", "Really end all others?", () => call("DELETE", "/auth/sessions")));
  $("sessionList").replaceChildren(...cards);
}
function drawPasswordForm() {
  peopleForm("passwordForm", "Change my password", "Change it, and end my other sessions", (form) => ({
    old: peopleField(form, "Present password", "password", "current-password"),
    fresh: peopleField(form, "New password, 8 characters or more", "password", "new-password"),
  }), async ({ old, fresh }) => {
    await call("POST", "/auth/password", { password: old.value, newPassword: fresh.value });
    old.value = fresh.value = "";
    return "It is changed.";
  });
}
