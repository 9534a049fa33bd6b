// The one EventSource of a browser: opened here, whoever holds it (the shared worker, or a leading
// tab where there is none). Waits 1 s before it tries again, doubling to 8 s, give or take 30 %.
const NAMES = ["hello", "hints", "beat", "bye"];
const SILENCE = 15_000;

/** Opens the stream and keeps it open; `tell(name, data)` gets all it says, and `down`. */
export function openStream(tell) {
  let source, wait = 1000, timer, watch;

  const again = (after = wait) => {
    clearTimeout(timer);
    clearTimeout(watch);
    source?.close();
    source = undefined;
    timer = setTimeout(open, after * (0.7 + Math.random() * 0.6));
    wait = Math.min(wait * 2, 8000);
  };
  const heard = (name, data) => {
    clearTimeout(watch);
    watch = setTimeout(again, SILENCE);
    if (name === "hello") wait = 1000;
    tell(name, data);
    if (name === "bye") again(data.after_ms || wait);
  };
  const open = () => {
    source = new EventSource("/events");
    for (const name of NAMES)
      source.addEventListener(name, (event) => heard(name, JSON.parse(event.data)));
    source.onerror = () => { tell("down", null); again(); };
    watch = setTimeout(again, SILENCE);
  };
  open();
  return () => { clearTimeout(timer); clearTimeout(watch); source?.close(); };
}
