// Follows the server: hints become fragments, the frame tells how fresh the page is. A hidden tab
// waits until it is looked at. `[data-live]` is an element with its own address, refreshed on hints
// whose kind or id is among its `data-for`.
import { listen } from "./stream.js";
import { morph, parsed } from "./morph.js";
import { ago, clock, say } from "./words.js";

const STALE = 15_000;
const WIDE = new Set(["all", "answer", "works"]); // concern everybody, who do not ask all at once
const { body } = document;
const followers = [];
let heard = performance.now(), skew = Number(body.dataset.now) - Date.now(), last = Number(body.dataset.now);
let wall = 0, greeted = false;

export const figed = () => body.classList.contains("figed");
export const now = () => Date.now() + skew;

/** Calls `hints(list)` on hints and `hello()` on each new connection, with a visible page. */
export const follow = (follower) => followers.push(follower);

export async function fragment(address, options) {
  const answer = await fetch(address, { credentials: "same-origin", ...options });
  if (!answer.ok) throw new Error(answer.status);
  return answer;
}

async function refresh(address, elements) {
  try {
    const fresh = parsed(await (await fragment(address)).text());
    for (const element of elements) {
      const next = fresh.getElementById(element.id);
      if (!next || !element.isConnected) continue;
      morph(element, next);
      element.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
    }
  } catch { /* the next hint or connection asks again */ }
}

/** Reads again what depends on these words; all panels of an incident with one request. */
function renew(words) {
  const asked = new Map();
  for (const element of document.querySelectorAll("[data-live]")) {
    const { live, for: needs } = element.dataset;
    if (!words.has("*") && !needs.split(" ").some((word) => word === "*" || words.has(word))) continue;
    const [, sheet = live, part] = /^(\/f\/i\/[^/]+)\/(\w+)$/.exec(live) ?? [];
    if (!asked.has(sheet)) asked.set(sheet, [[], []]);
    asked.get(sheet)[0].push(element);
    if (part) asked.get(sheet)[1].push(part);
  }
  for (const [address, [elements, parts]] of asked)
    refresh(parts.length ? `${address}?parts=${parts}` : address, elements);
}

/** Gathers words for a moment; `spread` (ms) keeps browsers apart that hear the same word. */
function gathered(spread) {
  let words = new Set(), timer;
  const flush = () => {
    timer = undefined;
    if (document.hidden || !words.size) return;
    renew(words);
    words = new Set();
  };
  follow({ shown: flush });
  return (more) => {
    for (const word of more) words.add(word);
    timer ??= setTimeout(flush, 100 + Math.random() * spread);
  };
}

/** Has all that depends on these ids or kinds read again soon; `*` is everything. */
export const touch = gathered(0);
const later = gathered(500);

function fresh({ now: time, wall: clockOfServer = Date.now(), feeds = [], late, stopped }) {
  heard = performance.now();
  wall = clockOfServer - Date.now();
  skew = (last = time) - Date.now();
  if (figed()) {
    body.classList.remove("figed");
    document.getElementById("figed").hidden = true;
  }
  for (const [what, age, silent] of feeds) {
    const chip = document.querySelector(`[data-feed="${what}"]`);
    if (!chip || what === "engine") continue;
    chip.classList.toggle("act", silent);
    chip.querySelector("span").textContent = say(silent ? "silent" : "ago", { ago: ago(age) });
  }
  const engine = document.querySelector('[data-feed="engine"]');
  engine?.classList.toggle("act", Boolean(late || stopped));
  if (engine) engine.querySelector("span").textContent = clock(time);
}

function tick() {
  if (!figed() && performance.now() - heard > STALE) {
    body.classList.add("figed");
    const banner = document.getElementById("figed");
    banner.textContent = say("figed", { at: clock(last).slice(0, 5) });
    banner.hidden = false;
  }
  if (document.hidden || figed()) return;
  for (const age of document.querySelectorAll("[data-since]")) {
    const text = ago(now() - age.dataset.since);
    if (age.textContent !== text) age.textContent = text;
  }
  for (const held of document.querySelectorAll("[data-until]")) {
    held.dataset.word ??= held.textContent;
    const left = Math.max(0, Math.ceil((held.dataset.until - Date.now() - wall) / 1000));
    held.textContent = left ? say("held", { what: held.dataset.word, left }) : held.dataset.word;
  }
}

listen((name, data) => {
  if (name === "hello" || name === "beat") fresh(data);
  // A tab that joins a leader late hears beats only; the first of them greets it.
  if (name === "hello" || name === "beat" && !greeted) {
    (greeted ? later : touch)(["*"]);
    greeted = true;
    followers.forEach((one) => one.hello?.());
  }
  if (name === "hints") {
    heard = performance.now();
    for (const [kind, id] of data.h) (WIDE.has(kind) ? later : touch)([kind, id]);
    followers.forEach((one) => one.hints?.(data.h));
  }
});
setInterval(tick, 1000);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  followers.forEach((one) => one.shown?.());
});
