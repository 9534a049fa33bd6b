// Reads a minute out of a rate chart: under the pointer, or with the arrow keys once it has focus.
// The numbers stand on the columns; the chart may be redrawn at any time.
import { clock } from "./words.js";

const { lang } = document.documentElement;
const [ONE, MANY, EXPECTED] = lang === "en" ? ["call", "calls", "expected"] : ["appel", "appels", "attendu"];
const set = (value) => Number(value).toLocaleString(lang, { maximumSignificantDigits: 3 });

function sentence({ dataset: { at, observed, expected } }) {
  const few = lang === "en" ? Number(observed) === 1 : Number(observed) < 2;
  return `${clock(Number(at)).slice(0, 5)} · ${set(observed)} ${few ? ONE : MANY} · ${set(expected)} ${EXPECTED}`;
}

function readable(chart) {
  chart.dataset.reads = "1";
  const said = Object.assign(document.createElement("output"), { className: "chart-said" });
  const columns = () => [...chart.querySelectorAll(".cols rect")];
  let at = 0;

  const show = (all, index) => {
    const column = all[Math.max(0, Math.min(index, all.length - 1))];
    if (!column) return;
    for (const one of all) one.classList.toggle("here", one === column);
    at = Number(column.dataset.at);
    if (!said.isConnected) chart.closest(".chart-scroll").after(said);
    said.value = sentence(column);
  };
  const placed = () => {
    const all = columns(), index = all.findIndex((column) => Number(column.dataset.at) >= at);
    return [all, index < 0 || !at ? all.length : index];
  };
  chart.addEventListener("pointermove", (event) => {
    const { x } = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse());
    const all = columns(), after = all.findIndex((column) => column.x.baseVal.value > x);
    show(all, after < 0 ? all.length - 1 : after - 1);
  });
  chart.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const [all, index] = placed();
    const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    show(all, to);
  });
}

/** Makes charts readable that are not yet; called again after a part of the page was renewed. */
export function readCharts() {
  document.querySelectorAll(".chart-rate:not([data-reads])").forEach(readable);
}

readCharts();
document.addEventListener("fresh", readCharts);
