// Theme, contrast and keys change at once; the server is told for the next page. A language needs
// the page again: that form is sent as it is.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.matches('[action="/prefs"]') || submitter.name === "lang") return;
  event.preventDefault();
  const { name, value } = submitter;
  document.documentElement.dataset[name] = value;
  for (const button of form.querySelectorAll(`[name="${name}"]`)) button.ariaPressed = String(button === submitter);
  fetch("/prefs", { method: "POST", body: new URLSearchParams(new FormData(form, submitter)), redirect: "manual" });
});
