#!/usr/bin/env node
// A server with every feature that the conformance suites ask for.
//
//   server.mjs [--era legacy|modern|both] [--port N]     Streamable HTTP at http://127.0.0.1:N/mcp
//   server.mjs [--era legacy|modern|both] --stdio        standard input and output
//
// legacy: 2025-06-18 and 2025-11-25, with sessions. modern: 2026-07-28, without. Port 0 takes a free
// one; the address is printed.
import { parseArgs } from "node:util";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { buildServer } from "./fixture/build.mjs";
import { serveHttp } from "./fixture/http.mjs";

const { values } = parseArgs({
  options: {
    era: { type: "string", default: "both" },
    port: { type: "string", default: "0" },
    stdio: { type: "boolean", default: false },
  },
});
if (!["legacy", "modern", "both"].includes(values.era)) throw new Error(`no such era: ${values.era}`);

if (!values.stdio) {
  const port = await serveHttp({ era: values.era, port: Number(values.port) });
  console.log(`http://127.0.0.1:${port}/mcp`);
} else if (values.era === "legacy") {
  await buildServer("legacy").connect(new StdioServerTransport());
} else {
  serveStdio(({ era }) => buildServer(era), { legacy: values.era === "both" ? "serve" : "reject" });
}
