// Makes one tree like another in place, so that what people are at stays: focus and caret, typed
// text, ticks, open panels, scroll. A form somebody types in (`data-dirty`) is left alone.
const STATE = new Set(["open", "hidden", "aria-invalid"]);
const OURS = /^(here|gone)$/;

const keyOf = (node) => node.id || node.name && node.name + (/submit|radio|checkbox/.test(node.type) ? node.value : "");
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function attributes(old, fresh) {
  const keep = [...old.classList].filter((name) => OURS.test(name));
  for (const { name, value } of fresh.attributes)
    if (!STATE.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !STATE.has(name) && !/^(tabindex|data-reads|class)$/.test(name)) old.removeAttribute(name);
  if (!fresh.className?.length && old.className?.length && old.namespaceURI.endsWith("xhtml")) old.className = "";
  if (keep.length) old.classList.add(...keep);
}

export function morph(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.isEqualNode(fresh) || old.matches("form[data-dirty]")) return;
  attributes(old, fresh);
  if (/^(input|textarea|select)$/.test(old.localName)) return;
  let here = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    let found = here;
    while (found && !alike(found, next)) found = found.nextSibling;
    if (!found) old.insertBefore(next, here);
    else {
      // What stands between has no like any more; something in use is stepped over, not removed.
      while (here !== found) {
        const gone = here;
        here = here.nextSibling;
        if (!(gone.nodeType === 1 && gone.querySelector?.("form[data-dirty]"))) gone.remove();
      }
      here = found.nextSibling;
      morph(found, next);
    }
  }
  while (here) {
    const gone = here;
    here = here.nextSibling;
    gone.remove();
  }
}

/** Parses markup that may begin with a part of a table; returns its elements. */
export function parsed(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = /^\s*<t(body|r)/.test(markup) ? `<table>${markup}</table>` : markup;
  return holder.content;
}
