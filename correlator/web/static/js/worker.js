// Shared by all tabs of a browser: one stream, told to each of them.
import { openStream } from "./source.js";

const ports = new Set();
let stop, hello;

function tell(name, data) {
  if (name === "hello" || name === "beat") hello = data;
  for (const port of ports) port.postMessage([name, data]);
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data === "join") {
      ports.add(port);
      if (!stop) stop = openStream(tell);
      else if (hello) port.postMessage(["hello", hello]);
    } else {
      ports.delete(port);
      if (!ports.size && stop) stop = hello = void stop();
    }
  };
};
