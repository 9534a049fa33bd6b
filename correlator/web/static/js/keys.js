// Keys press what stands on the page: `data-key` names the button, link or panel of a key, so that
// there is none without its button. Off in fields, and where people switch them off.
import { close, force, undo } from "./act.js";
import { choose, current, step } from "./rows.js";

const help = document.getElementById("keys");
const PLACES = { f: "/", m: "/mur", r: "/releve" };
let going = 0;

const typing = (element) => element.matches("textarea, select, input:not([type=checkbox], [type=radio])");
const seen = (element) => element.checkVisibility();

// Where there is little room the queue's actions are folded away; their keys work all the same.
const fold = document.getElementById("acts-open");
const unfold = (on) => fold.setAttribute("aria-expanded", on);
fold?.addEventListener("click", () => unfold(fold.ariaExpanded !== "true"));

function open(panel) {
  panel.open = true;
  const first = panel.querySelector("input:checked") ?? panel.querySelector(".drop :is(input:not([type=hidden]), textarea, select, button)");
  (first ?? panel.querySelector("summary")).focus();
}

function press(key) {
  const found = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && (seen(one) || one.closest(".fold")));
  if (!found) return false;
  if (found.localName !== "details") found.click();
  else if (found.open) close(found);
  else {
    if (!seen(found)) unfold(true);
    open(found);
  }
  return true;
}

/** `r` then 1–5: a panel's choices have digits. */
function digit(key) {
  const choices = document.querySelectorAll("details[name=acts][open] .codes input");
  const choice = choices[key - 1];
  if (!choice) return false;
  choice.checked = true;
  choice.form.requestSubmit(choice.closest("details").querySelector("button[name=verb]:not([data-now])"));
  return true;
}

const COMMANDS = {
  j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
  x: () => choose(false), X: () => choose(true), u: undo, f: force,
  "?": () => help?.showModal(), "/": () => document.getElementById("search")?.focus(),
  g: () => { going = Date.now(); },
};

function command(event) {
  const { key } = event;
  if (Date.now() - going < 1500 && PLACES[key] && document.body.dataset.kind !== "frame") {
    location.assign(PLACES[key]);
    return true;
  }
  going = 0;
  if (/^[1-9]$/.test(key)) return digit(key);
  if (key !== "Escape" && event.target.closest(".drop")) return false; // a letter there is a slip
  if (/^Arrow/.test(key) && (event.target.closest("details[open], .scroll, .chart-scroll, svg") || !current())) return false;
  if (key === "Escape") return escape();
  if (COMMANDS[key]) {
    COMMANDS[key]();
    return true;
  }
  return /^[a-z]$/.test(key) && press(key);
}

function escape() {
  const panel = document.querySelector("details:is([name=acts], .menu)[open]");
  if (panel) close(panel);
  return Boolean(panel);
}

/** Keys that work while one types in a form: send, at once, leave. */
function inside({ key, target, shiftKey, ctrlKey, metaKey }) {
  const panel = target.closest("details[name=acts]"), form = target.closest("form");
  if (key === "Escape" && panel) return escape();
  const sends = ctrlKey || metaKey || panel && (shiftKey || target.matches("input"));
  const button = key === "Enter" && sends && (panel ?? form)?.querySelector("button.go");
  if (!button) return false;
  button.toggleAttribute("data-now", shiftKey);
  form.requestSubmit(button);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || help?.open) return;
  if (inside(event)) return event.preventDefault();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const button = document.querySelector("details.text[open] button.go");
    if (button) button.form.requestSubmit(button);
    return;
  }
  if (document.documentElement.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (command(event)) event.preventDefault();
});

document.getElementById("keys-open")?.addEventListener("click", () => help?.showModal());
document.addEventListener("click", (event) => {
  const { go } = event.target.closest("[data-go]")?.dataset ?? {};
  if (go && current()) location.assign(`/i/${encodeURIComponent(current())}${go}`);
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

function reveal() {
  const panel = location.hash.startsWith("#f-") && document.getElementById(location.hash.slice(1))?.closest("details");
  if (panel) open(panel);
}
addEventListener("hashchange", reveal);
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href*="#f-"]');
  if (link && link.hash === location.hash && link.pathname === location.pathname) reveal();
});
// A browser that comes to `#f-…` takes focus away again once the page has loaded.
if (document.readyState === "complete") reveal();
else addEventListener("load", () => setTimeout(reveal));
