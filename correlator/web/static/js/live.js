// Follows the server: hints become fragments, the frame tells how fresh the page is. A hidden tab
// waits until it is looked at. `[data-live]` is an element with its own address, refreshed on hints
// whose kind or id is among its `data-for`.
import { listen } from "./stream.js";
import { morph, parsed } from "./morph.js";
import { ago, clock, say } from "./words.js";

const STALE = 15_000;
const { body } = document;
const followers = [];
let heard = performance.now(), skew = Number(body.dataset.now) - Date.now(), last = Number(body.dataset.now);
let waiting = new Set(), timer, wall = 0, greeted = false;

export const figed = () => body.classList.contains("figed");
export const now = () => Date.now() + skew;

/** Calls `hints(list)` on hints and `hello()` on each new connection, with a visible page. */
export const follow = (follower) => followers.push(follower);

export async function fragment(address, options) {
  const answer = await fetch(address, { credentials: "same-origin", ...options });
  if (!answer.ok) throw new Error(answer.status);
  return answer;
}

async function refresh(element) {
  try {
    const fresh = parsed(await (await fragment(element.dataset.live)).text()).firstElementChild;
    if (fresh && element.isConnected) {
      morph(element, fresh);
      element.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
    }
  } catch { /* the next hint or connection asks again */ }
}

function flush() {
  timer = undefined;
  if (document.hidden) return;
  const words = waiting;
  waiting = new Set();
  for (const element of document.querySelectorAll("[data-live]"))
    if (words.has("*") || element.dataset.for.split(" ").some((word) => word === "*" || words.has(word))) refresh(element);
}

/** Has all that depends on these ids or kinds read again soon; `*` is everything. */
export function touch(words) {
  for (const word of words) waiting.add(word);
  timer ??= setTimeout(flush, 100);
}

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
    greeted = true;
    touch(["*"]);
    followers.forEach((one) => one.hello?.());
  }
  if (name === "hints") {
    heard = performance.now();
    touch(data.h.flatMap(([kind, id]) => [kind, id]));
    followers.forEach((one) => one.hints?.(data.h));
  }
});
setInterval(tick, 1000);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  flush();
  followers.forEach((one) => one.shown?.());
});
