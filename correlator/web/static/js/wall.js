// The wall: its hand moves only when the server is heard, and what does not fit is counted.
import { say } from "./words.js";

const wall = () => document.getElementById("wall");

/** Turns the hand to the server's second: a wall whose server is gone stands still. */
function turn() {
  const [, second] = /(\d\d)\D*$/.exec(document.getElementById("wall-now").textContent) ?? [];
  const hand = document.getElementById("hand"), to = `rotate(${Number(second ?? 0) * 6})`;
  if (hand.getAttribute("transform") !== to) hand.setAttribute("transform", to);
}

/** Shows the tiles that fit, those with incidents first; says how many do not. */
function fit() {
  const room = wall().querySelector(".tiles"), note = document.getElementById("left-out");
  const tiles = [...room.querySelectorAll(".tile")].sort((a, b) => a.matches(".calm") - b.matches(".calm"));
  const full = () => room.scrollHeight > room.clientHeight + 1;
  let left = Number(note.dataset.left);
  for (const tile of tiles) tile.hidden = false;
  note.hidden = !left;
  room.classList.remove("tight");
  if (!full()) return;
  room.classList.add("tight");
  for (const tile of tiles) tile.hidden = true;
  note.hidden = false;
  for (const tile of tiles) {
    tile.hidden = false;
    if (!full()) continue;
    tile.hidden = true;
    left += 1;
  }
  note.textContent = say("wall.left", { n: left });
}

new MutationObserver(turn).observe(wall(), { subtree: true, childList: true, characterData: true });
document.addEventListener("fresh", fit);
addEventListener("resize", fit);
document.fonts.ready.then(fit);
