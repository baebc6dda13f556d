#!/usr/bin/env node
// The client of the suites' client scenarios:  client.mjs URL
//
// The suite names the scenario in MCP_CONFORMANCE_SCENARIO and the revision it speaks in
// MCP_CONFORMANCE_PROTOCOL_VERSION (the older suite knows only sessions and names none). If
// MCP_GUARD_THROUGH names a gateway, that is started in front of URL and spoken to instead.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const MODERN = "2026-07-28";

async function connect(url, era) {
  const client = new Client(
    { name: "mcp-guard-fixture-client", version: "1.0.0" },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
      versionNegotiation: { mode: era === "modern" ? { pin: MODERN } : "legacy" },
    },
  );
  client.setRequestHandler("elicitation/create", ({ params }) => ({
    action: "accept",
    // An empty form is filled in with its defaults; what has none is confirmed.
    content: "confirmed" in (params.requestedSchema?.properties ?? {}) ? { confirmed: true } : {},
  }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

const call = (client, name, args = {}) => client.callTool({ name, arguments: args });

/** A call whose failure the scenario allows. */
const attempt = (promise) => promise.catch((error) => console.error(`allowed: ${error.message}`));

const scenarios = {
  initialize: async () => {},
  "request-metadata": async () => {},
  "json-schema-ref-no-deref": async () => {},
  tools_call: (client) => call(client, "add_numbers", { a: 5, b: 3 }),
  "elicitation-sep1034-client-defaults": (client) => call(client, "test_client_elicitation_defaults"),
  "sse-retry": (client) => call(client, "test_reconnection"),
  "sep-2322-client-request-state": async (client) => {
    await Promise.all([call(client, "test_mrtr_echo_state"), call(client, "test_mrtr_unrelated")]);
    await call(client, "test_mrtr_no_state");
    // The SDK refuses a result without resultType, which it may; it must not ask again.
    await attempt(call(client, "test_mrtr_no_result_type"));
  },
  "http-standard-headers": async (client, tools) => {
    for (const { name } of tools) await call(client, name);
    const { resources } = await client.listResources();
    for (const { uri } of resources) await client.readResource({ uri });
    const { prompts } = await client.listPrompts();
    for (const { name } of prompts) await client.getPrompt({ name });
  },
  "http-custom-headers": async (client, _tools, { toolCalls }) => {
    for (const { name, arguments: args } of toolCalls) await call(client, name, args);
  },
  "http-invalid-tool-headers": async (client, tools) => {
    for (const { name, inputSchema } of tools)
      await call(client, name, Object.fromEntries((inputSchema.required ?? []).map((key) => [key, "value"])));
  },
  "json-schema-2020-12-preservation": (client, tools) =>
    call(client, "json_schema_echo", {
      schema: tools.find(({ name }) => name === "json_schema_2020_12_tool").inputSchema,
    }),
};

/** Starts a gateway in front of `url`; it ends with this process, whose pipe it reads. */
async function guard(binary, url) {
  const script = join(dirname(fileURLToPath(import.meta.url)), "gateway.py");
  const gateway = spawn("python3", [script, binary, "harness", "--url", url], { stdio: ["pipe", "pipe", "inherit"] });
  const address = await Promise.race([
    once(createInterface(gateway.stdout), "line").then(([line]) => line),
    once(gateway, "exit").then(() => undefined),
  ]);
  if (address === undefined) throw new Error("the gateway did not start");
  return {
    address,
    stop: async () => {
      gateway.stdin.end();
      await once(gateway, "exit");
    },
  };
}

async function run(url) {
  const steps = scenarios[process.env.MCP_CONFORMANCE_SCENARIO];
  if (!steps) throw new Error(`no such scenario: ${process.env.MCP_CONFORMANCE_SCENARIO}`);
  const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
  const client = await connect(url, process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === MODERN ? "modern" : "legacy");
  const { tools } = await client.listTools();
  await steps(client, tools, context);
  await client.close();
}

const url = process.argv.at(-1);
const through = process.env.MCP_GUARD_THROUGH;
const gateway = through ? await guard(through, url) : { address: url, stop: async () => {} };
try {
  await run(gateway.address);
} finally {
  await gateway.stop();
}
