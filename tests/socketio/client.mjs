// Real sockets of the stock client, driven by tests/support/socketio.rs: a line of JSON on the standard input is a
// command, a line on the standard output is something that happened to one of them.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const sockets = new Map();

function tell(name, what, more) {
  process.stdout.write(JSON.stringify({ name, what, ...more }) + "\n");
}

function connect({ name, url, options }) {
  const socket = io(url, { forceNew: true, reconnection: false, ...options });
  sockets.set(name, socket);
  socket.io.on("open", () => socket.io.engine.on("upgrade", () => tell(name, "upgraded")));
  socket.on("connect", () => tell(name, "connected"));
  socket.on("connect_error", (error) => tell(name, "refused", { message: error.message }));
  socket.on("disconnect", (reason) => tell(name, "disconnected", { reason }));
  socket.onAny((event, ...data) => tell(name, "event", { event, data }));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { connect: wanted, disconnect: unwanted } = JSON.parse(line);
  if (wanted) connect(wanted);
  if (unwanted) sockets.get(unwanted).disconnect();
}
process.exit(0);
