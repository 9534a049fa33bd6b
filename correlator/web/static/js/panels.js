// What a panel would do, before it does it; and texts for customers: their size, what they change.
import { fragment } from "./live.js";
import { targets, titleOf } from "./rows.js";
import { say } from "./words.js";

// -------------------------------------------------------------------------------------- preview

let timer;

async function preview(area, panel) {
  const form = area.closest("form");
  const asked = new URLSearchParams({ verb: area.dataset.preview, incident: form.elements.ids?.value ?? targets().join(",") });
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

/** Merging from the queue: which of the chosen ones stays. */
document.addEventListener("toggle", ({ target }) => {
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

/** Words of `text` with those marked that are not in the longest part it shares with `before`. */
function marked(text, before) {
  const a = before.match(/\S+\s*/g) ?? [], b = text.match(/\S+\s*/g) ?? [];
  const same = (x, y) => x.trim() === y.trim();
  const long = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length; i--;) for (let j = b.length; j--;)
    long[i][j] = same(a[i], b[j]) ? long[i + 1][j + 1] + 1 : Math.max(long[i + 1][j], long[i][j + 1]);
  const out = document.createDocumentFragment();
  for (let i = 0, j = 0; j < b.length;) {
    if (i < a.length && same(a[i], b[j])) { out.append(b[j++]); i++; }
    else if (i < a.length && long[i + 1][j] >= long[i][j + 1]) i++;
    else {
      const last = out.lastChild?.nodeName === "INS" ? out.lastChild : out.appendChild(document.createElement("ins"));
      last.append(b[j++]);
    }
  }
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
