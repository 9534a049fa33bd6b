// Actions: a form becomes one request, each incident one outcome, each outcome one line that can be
// undone. What was typed stays until the server has it; a repeat carries the same action id.
import { dirty, forget } from "./drafts.js";
import { figed } from "./live.js";
import { reread, revOf, targets, titleOf, unchoose } from "./rows.js";
import { announce, say } from "./words.js";

const box = document.getElementById("outcomes");
let csrf = document.querySelector('meta[name="csrf"]').content;
const TONES = { 200: "ok", 202: "cand" };
const SINGLE = new Set(["verb", "ids", "expects", "csrf", "back"]);
// Verbs that do not ask how the incident is handled meanwhile.
const FREE = new Set(["link", "unlink", "not-this", "told", "note"]);
const known = new Map(), after = new Map(), busy = new Set(), batches = [];
let forceable = [];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function icon(name) {
  const holder = document.createElement("template");
  holder.innerHTML = `<svg class="i ${name}" aria-hidden="true"><use href="#i-${name}"/></svg>`;
  return holder.content;
}

function button(key, shortcut, does) {
  const made = element("button", { type: "button", onclick: does }, say(key));
  if (shortcut) {
    made.append(" ", element("kbd", {}, shortcut));
    made.setAttribute("aria-keyshortcuts", shortcut);
  }
  return made;
}

/** A server that was started anew does not know this page's token: the page as it is now has another. */
async function renew() {
  const answer = await fetch(location.href);
  csrf = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector('meta[name="csrf"]').content;
}

async function post(body, again) {
  const answer = await fetch("/do", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF": csrf },
    body: JSON.stringify(body),
  });
  if (answer.status === 401) throw Object.assign(new Error(), { sentence: say("session") });
  const { outcomes } = await answer.json();
  if (!outcomes && answer.status === 403 && !again) {
    await renew();
    return post(body, true);
  }
  if (!outcomes) throw new Error(answer.status);
  return outcomes;
}

// ------------------------------------------------------------------------------------ outcomes

function line(outcome, body) {
  const tone = TONES[outcome.status] ?? "act";
  const item = element("li", { className: tone }, icon(tone), element("span", {}, outcome.sentence));
  if (outcome.old || outcome.new) item.append(element("span", {}, element("del", {}, outcome.old ?? "—"), " → ", element("b", {}, outcome.new ?? "—")));
  if (outcome.id && document.body.dataset.kind !== "frame") item.append(element("a", { href: `/i/${encodeURIComponent(outcome.id)}` }, titleOf(outcome.id)));
  if (outcome.undo?.held) {
    const left = element("b", {}, say("pending"));
    left.dataset.until = outcome.undo.until;
    item.append(left, button("now", "", () => send({ ...body, now: 1, ids: [outcome.id] })));
  }
  return item;
}

function show(outcomes, body, form) {
  const done = outcomes.filter(({ status }) => status < 300).length;
  const refused = outcomes.length - done;
  const undoable = outcomes.filter(({ undo }) => undo);
  if (undoable.length) batches.push(undoable);
  forceable = outcomes.filter(({ status }) => status === 412).map((outcome) => ({ outcome, body, form }));
  const head = element("p");
  const counts = [done && say("done", { n: done }), refused && say("refused", { n: refused })].filter(Boolean).join(", ");
  if (undoable.length) head.append(button("undo", "u", undo));
  const again = forceable.length && button("force", "f", force);
  if (again) head.append(again);
  head.append(button("hide", "", hide));
  box.replaceChildren(element("b", {}, outcomes.length > 1 ? counts : ""), element("ul", {}, ...outcomes.map((outcome) => line(outcome, body))), head);
  // In a field `f` would be a letter: whoever sent from one goes on from the question.
  if (again && form?.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) again.focus();
}

const hide = () => box.replaceChildren();

function tell(sentence) {
  box.replaceChildren(element("p", { className: "act" }, icon("act"), " ", sentence), button("hide", "", hide));
}

// -------------------------------------------------------------------------------------- sending

/** Sends an action. The same one again, after no answer, has the same id; while it flies, none. */
async function send(body, form) {
  if (figed()) return tell(document.getElementById("figed").textContent);
  const same = JSON.stringify(body);
  if (busy.has(same)) return;
  busy.add(same);
  if (!known.has(same)) known.set(same, crypto.randomUUID());
  try {
    const expects = (body.expects ?? []).map(latest);
    const outcomes = await post({ ...body, expects, action: known.get(same) });
    known.delete(same);
    show(outcomes, body, form);
    finish(form, outcomes);
    if (!FREE.has(body.verb)) chain(outcomes, expects);
    reread(outcomes.map(({ id }) => id));
  } catch (error) {
    tell(error.sentence ?? say("failed"));
  }
  busy.delete(same);
}

function finish(form, outcomes) {
  const worst = outcomes.find(({ status }) => status >= 300);
  if (!form) return;
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  const named = worst?.field && form.elements[worst.field];
  const field = named instanceof RadioNodeList ? named[0] : named;
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
  if (worst) return;
  forget(form);
  unchoose();
  const panel = form.querySelector("details[open]") ?? form.closest("details[name=acts]");
  if (panel?.open) close(panel);
  for (const one of panel?.querySelectorAll("input") ?? []) {
    one.checked = one.defaultChecked;
    if (one.type === "text") one.value = one.defaultValue;
  }
}

/** What one changed oneself is no conflict: whoever saw what that began with goes on after it. */
function chain(outcomes, expects) {
  for (const { id, rev, status } of outcomes) {
    const seen = expects.find((one) => one.startsWith(`${id}:`)), now = `${id}:${rev}`;
    if (status === 200 && seen && seen !== now) after.set(seen, now);
  }
}

function latest(seen) {
  while (after.has(seen)) seen = after.get(seen);
  return seen;
}

/** Closes a panel and gives focus back to where it was opened. */
export function close(panel) {
  const inside = panel.contains(document.activeElement);
  panel.open = false;
  if (inside) panel.querySelector("summary").focus();
}

/** What a form says, with each incident's `rev` as it was seen. */
function bodyOf(form, submitter) {
  const panel = submitter?.closest("details[name=acts]");
  const body = { verb: submitter?.value };
  for (const [name, value] of new FormData(form)) {
    if (SINGLE.has(name) || value === "") continue;
    if (form.hasAttribute("data-rows") && !panel?.querySelector(`[name="${name}"]`)) continue;
    body[name] = name === "tickets" && body[name] ? `${body[name]} ${value}` : value;
  }
  if (form.hasAttribute("data-rows")) {
    body.ids = targets().filter((id) => id !== body.into);
    body.expects = body.ids.map((id) => `${id}:${revOf(id)}`);
  } else {
    body.ids = [form.elements.ids.value];
    body.expects = [form.elements.expects.value];
  }
  if (submitter?.hasAttribute("data-now")) body.now = 1;
  return body;
}

const revs = (outcomes) => ({ ids: outcomes.map(({ id }) => id), expects: outcomes.map(({ id, rev }) => `${id}:${rev}`) });

/** Takes the last batch back: a held action is cancelled, the others have an inverse. */
export async function undo() {
  const batch = batches.pop();
  if (!batch) return announce(say("nothing"), true);
  for (const { id, undo: { held } } of batch) if (held) await send({ verb: "cancel", held, ids: [id], expects: [] });
  const others = batch.filter(({ undo: { held } }) => !held);
  if (others.length) send({ ...others[0].undo, ...revs(others) });
}

export function force() {
  const batch = forceable;
  forceable = [];
  if (batch.length) send({ ...batch[0].body, ...revs(batch.map(({ outcome }) => outcome)) }, batch[0].form);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-act")) return;
  event.preventDefault();
  const body = bodyOf(form, event.submitter);
  if (!body.ids.length) tell(say("choose"));
  else if (body.verb) send(body, form);
});

// A panel that nobody types in follows the incident; one somebody is at keeps the `rev` it began with.
document.addEventListener("fresh", (event) => {
  const { id, rev } = event.target.dataset;
  if (!rev) return;
  for (const form of document.querySelectorAll("form[data-act]"))
    if (form.elements.ids?.value === id && !dirty(form)) form.elements.expects.value = `${id}:${rev}`;
});
