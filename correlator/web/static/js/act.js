// Actions: a form becomes one request, each incident one outcome, each outcome one line that can be
// undone. What was typed stays until the server has it; a repeat carries the same action id.
import { dirty, forget } from "./drafts.js";
import { figed, follow } from "./live.js";
import { reread, revOf, targets, titleOf, unchoose } from "./rows.js";
import { announce, say } from "./words.js";

const box = document.getElementById("outcomes");
const csrf = document.querySelector('meta[name="csrf"]').content;
const TONES = { 200: "ok", 202: "cand" };
const SINGLE = new Set(["verb", "ids", "expects", "csrf", "back"]);
const flying = new Set();
let undoable = [], forceable = [];

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

const newId = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

async function post(body) {
  const answer = await fetch("/do", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF": csrf },
    body: JSON.stringify(body),
  });
  if (answer.status === 401) throw Object.assign(new Error(), { sentence: say("session") });
  const { outcomes } = await answer.json();
  if (!outcomes) throw new Error(answer.status);
  return outcomes;
}

// ------------------------------------------------------------------------------------ outcomes

function line(outcome, body) {
  const tone = TONES[outcome.status] ?? "act";
  const item = element("li", { className: tone }, icon(tone), element("span", {}, outcome.sentence));
  if (outcome.old || outcome.new) item.append(element("span", {}, element("del", {}, outcome.old ?? "—"), " → ", element("b", {}, outcome.new ?? "—")));
  item.append(element("a", { href: `/i/${encodeURIComponent(outcome.id)}` }, titleOf(outcome.id)));
  if (outcome.undo?.held) {
    const left = element("b", {}, say("pending"));
    left.dataset.until = outcome.undo.until;
    item.append(left, button("now", "", () => send({ ...body, now: 1, ids: [outcome.id], action: newId() })));
  }
  return item;
}

function show(outcomes, body) {
  const done = outcomes.filter(({ status }) => status < 300).length;
  const refused = outcomes.length - done;
  undoable = outcomes.filter(({ undo }) => undo);
  forceable = outcomes.filter(({ status }) => status === 412).map((outcome) => ({ outcome, body }));
  const head = element("p", { className: "head" });
  const counts = [done && say("done", { n: done }), refused && say("refused", { n: refused })].filter(Boolean).join(", ");
  head.append(outcomes.length > 1 || refused ? counts : "");
  if (undoable.length) head.append(button("undo", "u", undo));
  if (forceable.length) head.append(button("force", "f", force));
  head.append(button("hide", "", () => box.replaceChildren()));
  box.replaceChildren(head, element("ul", {}, ...outcomes.map((outcome) => line(outcome, body))));
}

function tell(sentence) {
  box.replaceChildren(element("p", { className: "head act" }, icon("act"), sentence, button("hide", "", () => box.replaceChildren())));
}

// -------------------------------------------------------------------------------------- sending

async function send(body, form) {
  if (figed()) return tell(document.getElementById("figed").textContent);
  const same = JSON.stringify([body.verb, body.ids, body.held]);
  if (flying.has(same)) return;
  flying.add(same);
  form?.setAttribute("aria-busy", "true");
  try {
    const outcomes = await post(body);
    show(outcomes, body);
    finish(form, outcomes);
    reread(outcomes.map(({ id }) => id));
  } catch (error) {
    tell(error.sentence ?? say("failed"));
  } finally {
    flying.delete(same);
    form?.removeAttribute("aria-busy");
  }
}

function finish(form, outcomes) {
  const worst = outcomes.find(({ status }) => status >= 300);
  if (!form) return;
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  const field = worst?.field && form.elements[worst.field];
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
  if (worst) return;
  delete form.dataset.action;
  forget(form);
  unchoose();
  const panel = form.querySelector("details[open]") ?? form.closest("details[name=acts]");
  if (panel?.open) close(panel);
  for (const one of panel?.querySelectorAll("input") ?? []) {
    one.checked = one.defaultChecked;
    if (one.type === "text") one.value = one.defaultValue;
  }
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
  const body = { verb: submitter?.value, action: (form.dataset.action ??= newId()) };
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

export async function undo() {
  const batch = undoable;
  undoable = [];
  const held = batch.filter(({ undo: { held } }) => held);
  const verbs = batch.filter(({ undo: { held } }) => !held);
  for (const { id, undo: { held: which } } of held) await send({ verb: "cancel", held: which, ids: [id], expects: [], action: newId() });
  if (verbs.length) await send({
    ...verbs[0].undo, action: newId(),
    ids: verbs.map(({ id }) => id), expects: verbs.map(({ id, rev }) => `${id}:${rev}`),
  });
  if (!batch.length) announce(say("nothing"), true);
}

export function force() {
  const batch = forceable;
  forceable = [];
  if (batch.length) send({
    ...batch[0].body, action: newId(),
    ids: batch.map(({ outcome: { id } }) => id), expects: batch.map(({ outcome: { id, rev } }) => `${id}:${rev}`),
  });
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

follow({ hello: () => { if (box.querySelector(".head.act")) box.replaceChildren(); } });
