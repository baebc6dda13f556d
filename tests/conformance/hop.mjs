#!/usr/bin/env node
// A stand-in for the gateway that only passes on: it proves that what this folder finds is due to
// the gateway and not to the way it is run.
//
//   hop.mjs serve --config F                                 HTTP in front of servers with a url
//   hop.mjs serve --config F --server NAME -- COMMAND ARGS…  stdio in front of that command
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";

const argv = process.argv.slice(2);
const config = JSON.parse(readFileSync(argv[argv.indexOf("--config") + 1], "utf8"));
const separator = argv.indexOf("--");

if (separator >= 0) {
  const [command, ...args] = argv.slice(separator + 1);
  spawn(command, args, { stdio: "inherit" }).on("exit", (code) => process.exit(code ?? 1));
} else {
  const [host, port] = config.listen.split(":");
  createServer(pass).listen(Number(port), host);
}

function pass(incoming, outgoing) {
  if (incoming.url === "/ready") return outgoing.end("ready");
  const upstream = config.servers[incoming.url.replace(/^\/mcp\//, "")]?.url;
  if (!upstream) return outgoing.writeHead(404).end();
  // The Host of a request is that of the gateway; a Host that is not local is left as it is, so that
  // the server behind can refuse it.
  const isLocal = /^(localhost|127\.0\.0\.1)(:|$)/.test(incoming.headers.host ?? "");
  const headers = { ...incoming.headers, ...(isLocal && { host: new URL(upstream).host }) };
  const sent = request(upstream, { method: incoming.method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.rawHeaders);
    outgoing.flushHeaders();
    answer.pipe(outgoing);
  });
  // Without this a client that goes away would leave the server behind waiting for it.
  outgoing.on("close", () => sent.destroy());
  sent.on("error", () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
  incoming.pipe(sent);
}
