// What a panel would do, before it does it; and texts for customers: their size, what they change.
import { fragment } from "./live.js";
import { targets, titleOf } from "./rows.js";
import { say } from "./words.js";

// -------------------------------------------------------------------------------------- preview

let timer;

async function preview(area, panel) {
  const form = area.closest("form");
  const into = panel.querySelector("[name=into]:checked")?.value;
  const ids = form.elements.ids?.value ?? targets().filter((id) => id !== into).join(",");
  const asked = new URLSearchParams({ verb: area.dataset.preview, incident: ids });
  for (const name of ["domain", "into", "tickets"]) {
    const field = panel.querySelector(`[name=${name}]:is(:checked, :not([type=radio]))`);
    if (field?.value) asked.set(name, field.value);
  }
  if ([...asked].length < 3) return area.replaceChildren();
  try {
    area.innerHTML = await (await fragment(`/f/preview?${asked}`)).text();
  } catch { area.replaceChildren(); }
}

document.addEventListener("input", ({ target }) => {
  const panel = target.closest("details[name=acts]");
  const area = panel?.querySelector("[data-preview]");
  clearTimeout(timer);
  if (area) timer = setTimeout(preview, 250, area, panel);
});

/** A panel of the queue says what it is about; merging asks which of the chosen ones stays. */
document.addEventListener("toggle", ({ target }) => {
  const about = target.open && target.querySelector("[data-about]");
  if (about) about.textContent = targets().map(titleOf).join(" · ");
  const choices = target.open && target.querySelector("[data-choices]");
  if (!choices) return;
  const ids = targets();
  choices.replaceChildren(...(ids.length < 2 ? [say("two")] : ids.map((id, at) => {
    const label = document.createElement("label"), radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: "into", value: id, checked: !at });
    label.className = "tick";
    label.append(radio, titleOf(id));
    return label;
  })));
  const first = choices.querySelector("input");
  if (first) { first.focus(); first.dispatchEvent(new Event("input", { bubbles: true })); }
}, true);

// ---------------------------------------------------------------------------------------- texts

const BASIC = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€\f]*$/;

/** As `sms_parts` of the server counts them. */
function parts(text) {
  const basic = BASIC.test(text);
  const places = text.length + (basic ? (text.match(/[\^{}\\[~\]|€\f]/g) ?? []).length : 0);
  const [alone, each] = basic ? [160, 153] : [70, 67];
  return places <= alone ? 1 : Math.ceil(places / each);
}

/** Text with the words marked between what it begins and ends with as `before` does. */
function marked(text, before) {
  const a = before.match(/\S+\s*/g) ?? [], b = text.match(/\S+\s*/g) ?? [];
  const most = Math.min(a.length, b.length);
  const same = (i, j) => a.at(i).trim() === b.at(j).trim();
  let head = 0, tail = 0;
  while (head < most && same(head, head)) head++;
  while (tail < most - head && same(-1 - tail, -1 - tail)) tail++;
  const end = b.length - tail, out = new DocumentFragment(), ins = document.createElement("ins");
  ins.append(...b.slice(head, end));
  out.append(...b.slice(0, head), ins, ...b.slice(end));
  return out;
}

document.addEventListener("input", ({ target }) => {
  const audience = target.form?.dataset.text;
  if (!audience || target.localName !== "textarea") return;
  for (const area of target.form.querySelectorAll("textarea")) {
    const { before } = area.dataset, holder = area.closest("div");
    const size = say("size", { n: area.value.length });
    holder.querySelector("[data-size]").textContent = audience === "sms" ? `${size} · ${say("sms", { n: parts(area.value) })}` : size;
    holder.querySelector("[data-diff]").replaceChildren(before ? marked(area.value, before) : "");
  }
});
