// The agent's page: copies the sentence, and says so when the answer changes under a call. Whoever
// renews the answer, this only looks at what stands there now.
import { announce, clock, say } from "./words.js";

const sentence = () => document.getElementById("say");
const banner = document.getElementById("changed");

function seen() {
  const answer = document.getElementById("p-answer");
  return answer && { ...answer.dataset, sentence: sentence()?.textContent ?? "" };
}

function struck(text) {
  const made = document.createElement("s");
  made.textContent = text;
  return made;
}

/** Shows what the answer was and what it is: the old one struck through, never silently gone. */
function show(before, now) {
  const changed = document.createElement("b");
  changed.textContent = say("agent.changed", { at: clock(Number(now.at)).slice(0, 5) });
  const what = before.word === now.word ? [struck(before.sentence)] : [struck(before.said), ` → ${now.said}`];
  banner.replaceChildren(changed, " ", ...what);
  banner.hidden = false;
  announce(`${changed.textContent} : ${before.said} → ${now.said}`, true);
}

let before = seen();
function look() {
  const now = seen();
  if (before && now && (now.word !== before.word || now.sentence !== before.sentence)) show(before, now);
  before = now;
}

async function copy(button) {
  const words = sentence().textContent.trim();
  await navigator.clipboard.writeText(words).catch(() => getSelection().selectAllChildren(sentence()));
  announce(say("agent.copied"), true);
  button.setAttribute("data-done", "");
  setTimeout(() => button.removeAttribute("data-done"), 2000);
}

document.addEventListener("fresh", look);
document.addEventListener("click", ({ target }) => {
  const button = target.closest("#copy");
  if (button) copy(button);
});

// `keys.js` gives digits to an open panel; otherwise they choose the trouble.
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || !/^[1-9]$/.test(key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.documentElement.dataset.keys === "off" || target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
  document.querySelector(`.symptoms [data-key="${key}"]`)?.click();
});
