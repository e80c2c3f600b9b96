// ---- Signing in: the second factor, and the organization's own issuer
const SIGN_IN_FAILED = {
  state_unknown: "The sign-in took too long, or was begun in another window. Try again.",
  denied: "You left the sign-in page without signing in.",
  issuer_unavailable: "The sign-in service does not answer. Try again later, or use your password.",
  issuer_refused: "The sign-in service did not accept the sign-in. Try again.",
  token_invalid: "The sign-in service's answer can't be trusted. Tell your administrator.",
  key_unknown: "The sign-in service has changed its keys. Try again in a minute.",
  email_unverified: "The sign-in service has not verified your e-mail address.",
  second_factor_missing: "The sign-in service did not ask for a second factor, and your organization wants one.",
  not_allowed: "You have no account here. Ask your administrator.",
  busy: "Too many people are signing in at once. Try again in a moment.",
};
async function askAuth(what, body) {
  const response = await authenticate(what, body);
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail || "The server answered " + response.status + ".");
  return answer;
}
function credentials() {
  const given = { email: $("email").value, password: $("password").value };
  if (!$("codeField").hidden) given.code = $("code").value.trim();
  return given;
}
function askForCode(isAsked) {
  $("codeField").hidden = !isAsked;
  $("code").required = isAsked;
  $("code").value = "";
  if (isAsked) $("code").focus();
}
// What the form does about a refusal beside showing it.
function signInRefused(answer) {
  if (answer.code === "second_factor_required" || answer.code === "second_factor_wrong") askForCode(true);
  if (answer.code === "second_factor_enrolment_required") enrolFactor($("email").value, $("password").value);
}
$("email").addEventListener("input", () => askForCode(false));

// One who comes back from an issuer brings a code, which is worth a session once.
async function arrive() {
  const brought = new URLSearchParams(location.hash.slice(1)), code = brought.get("sign-in"), failed = brought.get("sign-in-failed");
  if (code === null && failed === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    if (code === null) throw new Error(SIGN_IN_FAILED[failed] || "The sign-in failed. Try again.");
    adopt(await takeTurn(() => askAuth("oidc/exchange", { code })));
    await open();
  } catch (error) { leave(error.message); }
  return true;
}
async function drawProviders() {
  const slug = new URLSearchParams(location.search).get("organization");
  try {
    const response = await fetch(API + "/auth/providers" + (slug ? "?organization=" + encodeURIComponent(slug) : ""));
    const page = response.ok ? await response.json() : { items: [] };
    $("providers").replaceChildren(...page.items.map((provider) => {
      const button = el("button", "", "Sign in with " + provider.name);
      button.type = "button";
      button.onclick = () => {
        if (linkedID() !== null) tabStore.write("link", location.hash);
        location.assign(API + "/auth/oidc/" + encodeURIComponent(provider.id) + "/start");
      };
      return button;
    }));
  } catch { /* without them there is the password */ }
}
drawProviders();

// ---- The second factor
function factorField(form, text, attributes) {
  const label = el("label", "", text), input = el("input");
  Object.assign(input, { required: true, maxLength: 1024 }, attributes);
  label.append(input);
  form.append(label);
  return input;
}
// A step in the dialog: a form that does its work, and shows what hinders it.
function factorStep(title, parts, confirm, work) {
  const form = el("form"), said = el("p", "error"), buttons = el("div", "buttons"), go = el("button", "strong", confirm), close = el("button", "", "Close");
  said.setAttribute("role", "alert");
  close.type = "button";
  close.onclick = () => $("factor").close();
  if (work) buttons.append(go);
  buttons.append(close);
  form.append(el("h2", "", title));
  parts(form);
  form.append(said, buttons);
  form.onsubmit = async (event) => {
    event.preventDefault();
    said.textContent = "";
    go.disabled = true;
    try { await work(); } catch (error) { said.textContent = error.message; }
    go.disabled = false;
  };
  $("factorBody").replaceChildren(form);
  if (!$("factor").open) $("factor").showModal();
  const first = form.querySelector("input");
  if (first) first.focus();
}
async function showFactor() {
  const status = await call("GET", "/auth/totp"), email = session.user.email;
  if (!status.isEnrolled) {
    let password;
    factorStep("Second factor", (form) => {
      form.append(el("p", "", "With a second factor a stolen password is worth nothing: an authenticator on your phone gives a code that signing in asks for."));
      password = factorField(form, "Your password", { type: "password", autocomplete: "current-password" });
      factorPolicy(form);
    }, "Set it up", () => enrolFactor(email, password.value));
    return;
  }
  let password, code;
  factorStep("Second factor", (form) => {
    form.append(el("p", "", "On since " + time(status.confirmedAt) + ". " + status.recoveryCodesLeft + " recovery codes are left."));
    form.append(el("p", "note", "For another phone, remove it and set it up again."));
    password = factorField(form, "Your password", { type: "password", autocomplete: "current-password" });
    code = factorField(form, "Code", { inputMode: "numeric", autocomplete: "one-time-code" });
    factorPolicy(form);
  }, "Remove it", async () => {
    await askAuth("totp/remove", { email, password: password.value, code: code.value.trim() });
    toast("The second factor is removed.");
    if (status.isRequired) leave("Your organization asks for a second factor. Sign in to set one up."); else await showFactor();
  });
}
async function enrolFactor(email, password) {
  const enrolment = await askAuth("totp", { email, password }).catch((error) => { if ($("factor").open) throw error; toast(error.message); return null; });
  if (!enrolment) return;
  let code;
  factorStep("Set up your second factor", (form) => {
    form.append(el("p", "", "Scan this with your authenticator, or type the key. It is shown only now."));
    const picture = drawQR(enrolment.uri);
    if (picture) form.append(picture);
    form.append(el("p", "secret", enrolment.secret.match(/.{1,4}/g).join(" ")));
    const link = el("a", "", enrolment.uri);
    link.href = enrolment.uri;
    form.append(link);
    code = factorField(form, "Then enter the code that it shows", { inputMode: "numeric", autocomplete: "one-time-code" });
  }, "Confirm", async () => {
    const answer = await askAuth("totp/confirm", { email, password, code: code.value.trim() });
    factorStep("Your recovery codes", (form) => {
      form.append(el("p", "", "Each signs you in once if your phone is lost. Keep them apart from it; they are shown only now."));
      const list = el("ul", "secret");
      for (const one of answer.recoveryCodes) list.append(el("li", "", one));
      form.append(list);
      if (!session) form.append(el("p", "", "Now sign in, with the next code that your authenticator shows."));
    });
    if (!session) askForCode(true);
  });
}
// Admins say here whether everybody needs one.
async function factorPolicy(form) {
  if (!may("user:manage") || !session.organization) return;
  const policy = await call("GET", "/sign-in-policy").catch(() => null);
  if (!policy) return;
  const label = el("label", "check", "Everybody of the organization needs one"), box = el("input");
  box.type = "checkbox";
  box.checked = policy.secondFactorRequired;
  box.onchange = async () => {
    box.disabled = true;
    try { await call("PUT", "/sign-in-policy", { secondFactorRequired: box.checked }); }
    catch (error) { box.checked = !box.checked; toast(error.message); }
    box.disabled = false;
  };
  label.append(box);
  form.insertBefore(label, form.querySelector(".error"));
}
$("factorButton").onclick = () => showFactor().catch((error) => toast(error.message));
