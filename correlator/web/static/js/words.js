// What scripts say, in the language of the page. `[one|many]` follows the number `n`.
const lang = document.documentElement.lang;
const WORDS = JSON.parse(document.getElementById("words").textContent);
const { zone } = document.body.dataset;
const numbers = new Intl.NumberFormat(lang);

export function say(key, values = {}) {
  const few = lang === "fr" ? values.n < 2 : values.n === 1;
  return WORDS[key]
    .replace(/\[([^|\]]*)\|([^\]]*)\]/g, few ? "$1" : "$2")
    .replace(/\{(\w+)\}/g, (_, name) => typeof values[name] === "number" ? numbers.format(values[name]) : values[name]);
}

/** `18:36:07`, as all languages of the console write it. */
export const clock = (time) => new Date(time).toLocaleTimeString("fr-FR", { timeZone: zone });

/** As `ago` of the server sets it. */
export function ago(span) {
  const s = Math.max(0, span / 1000 | 0), m = s / 60 | 0, h = m / 60 | 0;
  if (!m) return `${s}\u00a0s`;
  if (!h) return `${m}\u00a0min`;
  if (h < 48) return `${h}\u00a0h\u00a0${String(m % 60).padStart(2, "0")}`;
  return `${h / 24 | 0}\u00a0${lang === "fr" ? "j" : "d"}`;
}

let spoken = 0, waiting;

/** Says something to a screen reader: at once if it is urgent, else at most every ten seconds. */
export function announce(text, urgent) {
  clearTimeout(waiting);
  const due = urgent ? 0 : spoken + 10_000 - Date.now();
  waiting = setTimeout(() => {
    spoken = Date.now();
    document.getElementById("said").textContent = text;
  }, Math.max(0, due));
}
