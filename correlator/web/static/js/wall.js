// The wall: its hand moves only when the server is heard, and what does not fit is counted.
import { say } from "./words.js";

const wall = () => document.getElementById("wall");

/** Turns the hand to the server's second: a wall whose server is gone stands still. */
function turn() {
  const [, second] = /(\d\d)\D*$/.exec(document.getElementById("wall-now").textContent) ?? [];
  const hand = document.getElementById("hand"), to = `rotate(${Number(second ?? 0) * 6})`;
  if (hand.getAttribute("transform") !== to) hand.setAttribute("transform", to);
}

/** Leaves out tiles from the end, healthy ones first, until the rest fits; says how many. */
function fit() {
  const room = wall().querySelector(".tiles");
  const tiles = [...room.querySelectorAll(".tile")], note = document.getElementById("left-out");
  const spare = tiles.toReversed().sort((a, b) => b.matches(".calm") - a.matches(".calm"));
  for (const tile of tiles) tile.hidden = false;
  let left = Number(note.dataset.left);
  note.hidden = !left;
  while (room.scrollHeight > room.clientHeight + 1 && spare.length) {
    spare.shift().hidden = true;
    note.hidden = false;
    note.textContent = say("wall.left", { n: ++left });
  }
}

new MutationObserver(turn).observe(wall(), { subtree: true, childList: true, characterData: true });
document.addEventListener("fresh", fit);
addEventListener("resize", fit);
document.fonts.ready.then(fit);
