// Theme, contrast and keys change at once; the server is told for the next page.
const APPLY = {
  theme: (value) => set("theme", value),
  contrast: (value) => set("contrast", value),
  keys: (value) => { document.body.dataset.keys = value; },
};

function set(name, value) {
  if (value) document.documentElement.dataset[name] = value;
  else delete document.documentElement.dataset[name];
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.action?.endsWith("/prefs") || !APPLY[submitter?.name]) return;
  event.preventDefault();
  APPLY[submitter.name](submitter.value);
  for (const button of form.querySelectorAll(`button[name="${submitter.name}"]`))
    button.setAttribute("aria-pressed", String(button === submitter));
  const fields = new FormData(form, submitter);
  fetch(form.action, { method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRF": fields.get("csrf"), Accept: "application/json" }, redirect: "manual" }).catch(() => form.submit());
});
