// Level 1 narrows the flash as one types, without waiting for the server; accents do not matter.
const field = document.getElementById("flash-q");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function narrow() {
  const asked = plain(field.value).split(/\s+/).filter(Boolean);
  for (const line of document.querySelectorAll(".flash-line")) {
    const text = plain(line.textContent);
    line.hidden = !asked.every((word) => text.includes(word));
  }
}

narrow();
field.addEventListener("input", narrow);
document.addEventListener("fresh", narrow);
document.getElementById("flash-ask").addEventListener("change", ({ target, currentTarget }) => {
  if (target !== field) currentTarget.requestSubmit();
});
