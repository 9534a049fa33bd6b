// What is typed and not yet sent, kept for this tab, person and incident; gone when it is sent, and
// all of it at logout.
const { actor } = document.body.dataset;
const FIELDS = "textarea, select, input:not([type=hidden], [type=checkbox])";

const keyOf = (form) => `draft:${actor}:${form.elements.ids?.value ?? ""}:${form.id || form.dataset.text}`;
const kept = (form) => form.matches?.("form[data-act]:not([data-rows])") && (form.id || form.dataset.text);
export const dirty = (form) => form.hasAttribute("data-dirty");

// Storage may be forbidden, in a frame, or full: then the page alone holds what is typed.
function safe(does) {
  try { return does(); } catch { return null; }
}

const drop = (chosen) =>
  safe(() => Object.keys(sessionStorage).filter(chosen).forEach((key) => sessionStorage.removeItem(key)));

function keep({ target: { form } }) {
  if (!form || !kept(form)) return;
  const draft = {};
  for (const field of form.querySelectorAll(FIELDS))
    if (field.type !== "radio" || field.checked) draft[field.name] = field.value;
  form.setAttribute("data-dirty", "");
  safe(() => sessionStorage.setItem(keyOf(form), JSON.stringify({ draft, expects: form.elements.expects?.value })));
}

/** Forgets a form's draft: the server has it. */
export function forget(form) {
  if (!kept(form)) return;
  drop((key) => key === keyOf(form));
  form.removeAttribute("data-dirty");
  if (form.closest("details[name=acts]")) form.reset();
  else for (const area of form.querySelectorAll("textarea")) area.defaultValue = area.value;
}

function restore(form) {
  const found = kept(form) && safe(() => JSON.parse(sessionStorage.getItem(keyOf(form))));
  if (!found) return;
  for (const [name, value] of Object.entries(found.draft)) if (form.elements[name]) form.elements[name].value = value;
  if (found.expects && form.elements.expects) form.elements.expects.value = found.expects;
  form.setAttribute("data-dirty", "");
  form.closest("details")?.setAttribute("open", "");
  form.querySelector("textarea")?.dispatchEvent(new Event("input", { bubbles: true }));
}

document.querySelectorAll("form[data-act]").forEach(restore);
document.addEventListener("input", keep);
document.addEventListener("submit", ({ target }) => {
  if (target.action?.endsWith("/logout")) drop((key) => key.startsWith("draft:"));
});
