// How a tab hears the stream: through the shared worker; where there is none, through the tab that
// holds a lock and tells the others.
import { openStream } from "./source.js";

function throughWorker(tell) {
  const worker = new SharedWorker(document.body.dataset.worker, { type: "module" });
  const { port } = worker;
  // In a frame of another site a browser may keep nothing, and then has no such worker.
  worker.onerror = () => openStream(tell);
  port.onmessage = ({ data: [name, data] }) => tell(name, data);
  addEventListener("pagehide", () => port.postMessage("leave"));
  addEventListener("pageshow", () => port.postMessage("join"));
}

function throughLeader(tell) {
  const channel = new BroadcastChannel("stream");
  channel.onmessage = ({ data: [name, data] }) => tell(name, data);
  navigator.locks.request("stream", () => new Promise(() => openStream((name, data) => {
    tell(name, data);
    channel.postMessage([name, data]);
  })));
}

/** Calls `tell(name, data)` for all that the server says, over one connection per browser. */
export function listen(tell) {
  try { throughWorker(tell); } catch { (globalThis.SharedWorker || !navigator.locks ? openStream : throughLeader)(tell); }
}
