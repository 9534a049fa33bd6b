// The queue: which row one is on, which are chosen, and how rows change under one's hands. Ids are
// the keys; where one is and what is chosen live here, not in the page.
import { announce, say } from "./words.js";
import { follow, fragment, touch } from "./live.js";
import { morph, parsed } from "./morph.js";

const list = document.querySelector("[data-rows]");
const SHOWN = new Set(["triage", "confirmed", "repair", "restored"]);
const chosen = new Set(), wanted = new Set(), fresh = new Map(), moving = new Set();
let here = "", anchor = "", timer, asking;

const rows = () => list ? [...list.querySelectorAll("tbody")] : [];
const idOf = (body) => body.id.slice(2); // r-…
const row = (id) => document.getElementById(`r-${id}`);
const link = (body) => body.querySelector("th a");
const busy = (body) => body.contains(document.activeElement);

/** Ids that an action is about: the chosen ones, else the one that one is on. */
export const targets = () => chosen.size ? [...chosen].filter(row) : row(here) ? [here] : [];
export const revOf = (id) => row(id)?.querySelector("input").value.split(":").pop();
export const titleOf = (id) => row(id) ? link(row(id)).textContent : id;
export const current = () => here;

function point(id) {
  here = id;
  for (const body of rows()) {
    const on = idOf(body) === id;
    body.classList.toggle("here", on);
    for (const one of body.querySelectorAll("a, input")) one.tabIndex = on ? 0 : -1;
  }
}

export function step(by) {
  const all = rows();
  const at = all.findIndex((body) => idOf(body) === here);
  // The first key goes to the row that is marked already, unless focus is there.
  const to = all[Math.max(0, Math.min(all.length - 1, at + (at >= 0 && !busy(all[at]) ? 0 : by)))];
  if (to) link(to).focus();
}

export function choose(range) {
  const all = rows().map(idOf);
  const [a, b] = [all.indexOf(range && anchor || here), all.indexOf(here)].sort((x, y) => x - y);
  if (b < 0) return;
  const on = range || !chosen.has(here);
  for (const id of all.slice(Math.max(a, 0), b + 1)) chosen[on ? "add" : "delete"](id);
  anchor = here;
  marks();
}

export function unchoose() {
  chosen.clear();
  marks();
}

function marks() {
  for (const body of rows()) body.querySelector("input").checked = chosen.has(idOf(body));
  const target = document.getElementById("target");
  if (target) target.textContent = chosen.size ? say("chosen", { n: chosen.size }) : "";
}

// ------------------------------------------------------------------------------- changed rows

/** Priority, overdue promise, age: as text, which sorts the same. */
const rank = (body) => body.querySelector("b").textContent
  + (body.querySelector("td:last-child .act") ? 0 : 1) + body.querySelector("[data-since]").dataset.since;

function place(body) {
  const band = document.getElementById(`b-${body.dataset.band}`);
  if (!band) return body.remove();
  const table = band.querySelector("table");
  const next = [...table.tBodies].find((other) => other !== body && rank(body) < rank(other));
  if (body.parentNode !== table || body.nextElementSibling !== (next ?? null)) table.insertBefore(body, next ?? null);
}

function settle() {
  for (const body of [...moving]) {
    if (busy(body)) continue;
    moving.delete(body);
    body.classList.remove("gone");
    body.querySelector(".moved")?.remove();
    if (body.dataset.gone) body.remove();
    else place(body);
  }
  if (!row(here)) point(rows().map(idOf)[0] ?? "");
  counts();
}

function leaves(body, sentence) {
  body.classList.add("gone");
  const said = document.createElement("strong");
  said.className = "moved";
  said.textContent = `${sentence} · `;
  body.querySelector(".moved")?.remove();
  body.rows[1].cells[0].prepend(said);
}

function patch(next) {
  const id = idOf(next), old = row(id);
  if (!old) {
    fresh.set(id, next);
    return;
  }
  const { band: from } = old.closest(".band").dataset, { band } = next.dataset;
  morph(old, next);
  moving.add(old);
  if (band !== from) leaves(old, band === "over" ? old.rows[1].cells[0].querySelector("strong")?.textContent ?? "" : say("moved", { band: say(`band.${band}`) }));
}

function received(markup) {
  const content = parsed(markup);
  for (const gone of content.querySelectorAll("template[data-gone]")) {
    const body = row(gone.dataset.gone);
    fresh.delete(gone.dataset.gone);
    if (!body) continue;
    body.dataset.gone = "1";
    moving.add(body);
    leaves(body, gone.content.textContent);
  }
  content.querySelectorAll("tbody").forEach(patch);
  marks();
  point(here);
  settle();
  news();
}

async function fetchRows() {
  timer = undefined;
  if (document.hidden) return;
  const ids = [...wanted].slice(0, 50);
  ids.forEach((id) => wanted.delete(id));
  try {
    if (ids.length) received(await (await fragment(`/f/rows?ids=${ids.map(encodeURIComponent)}`)).text());
  } catch {
    ids.forEach((id) => wanted.add(id));
    return;
  }
  if (wanted.size) want([]);
}

/** Has rows read again soon. */
export function want(ids) {
  for (const id of ids) wanted.add(id);
  if (list && wanted.size) timer ??= setTimeout(fetchRows, 100);
}

// ---------------------------------------------------------------------------------- new rows

let urgent = "";

function news() {
  const button = document.getElementById("fresh");
  const waiting = [...fresh.values()].filter((body) => SHOWN.has(body.dataset.band));
  if (button) {
    button.hidden = !waiting.length;
    button.textContent = waiting.length ? say("fresh", { n: waiting.length }) : "";
  }
  const first = waiting.find((body) => body.querySelector(".p1"));
  if (first && idOf(first) !== urgent) {
    urgent = idOf(first);
    announce(say("urgent", { title: link(first).textContent }), true);
  } else if (waiting.length) announce(say("fresh", { n: waiting.length }));
  counts();
}

export function showFresh() {
  for (const body of fresh.values()) place(body);
  fresh.clear();
  marks();
  point(here);
  settle();
  news();
}

function counts() {
  for (const band of SHOWN) {
    const section = document.getElementById(`b-${band}`);
    if (!section) continue;
    const held = rows().filter((body) => body.dataset.band === band && !body.dataset.gone).length
      + [...fresh.values()].filter((body) => body.dataset.band === band).length;
    section.hidden = !section.querySelector("tbody");
    section.querySelector(".count").textContent = held;
    for (const count of document.querySelectorAll(`[data-count="${band}"]`)) count.textContent = held;
    if (band === "triage") document.title = document.title.replace(/^(\(\d+\) )?/, held ? `(${held}) ` : "");
  }
  const empty = document.querySelector(".empty");
  if (empty) empty.hidden = rows().length > 0;
}

async function since() {
  asking = undefined;
  const have = {};
  for (const body of [...rows(), ...fresh.values()]) have[idOf(body)] = Number(body.dataset.version);
  try {
    const answer = await fragment("/f/since", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF": document.querySelector("[name=csrf]").content },
      body: JSON.stringify({ page: location.pathname + location.search, have }),
    });
    const { changed, fresh: more, gone } = await answer.json();
    want([...changed, ...more, ...gone]);
  } catch { /* asked again with the next connection */ }
}

const ask = (after) => asking ??= setTimeout(since, after);

if (list) {
  follow({
    hello: () => ask(0),
    shown: () => want([]),
    hints(hints) {
      const known = hints.filter(([, id, , version]) => row(id) ? Number(row(id).dataset.version) !== version : fresh.has(id));
      want(known.map(([, id]) => id));
      if (hints.some(([kind]) => kind === "all")) ask(Math.random() * 1000);
      if (hints.some(([kind, id, , , band]) => kind === "incident" && !row(id) && !fresh.has(id) && SHOWN.has(band))) ask(300);
    },
  });
  list.addEventListener("focusin", (event) => {
    const body = event.target.closest("tbody");
    if (body && idOf(body) !== here) point(idOf(body));
  });
  list.addEventListener("focusout", () => setTimeout(settle));
  list.addEventListener("change", (event) => {
    const body = event.target.name === "expects" && event.target.closest("tbody");
    if (!body) return;
    chosen[event.target.checked ? "add" : "delete"](anchor = idOf(body));
    marks();
  });
  list.addEventListener("click", (event) => {
    const body = event.target.closest("tbody");
    if (body && !event.target.closest("a, input, button")) link(body).focus();
  });
  document.getElementById("fresh")?.addEventListener("click", showFresh);
  // A browser may bring ticks back with the page.
  for (const body of rows()) if (body.querySelector("input").checked) chosen.add(idOf(body));
  point(rows().map(idOf)[0] ?? "");
  marks();
}

/** After an action: rows and panels of these incidents are read again at once. */
export function reread(ids) {
  want(ids.filter((id) => row(id)));
  touch(ids);
}
