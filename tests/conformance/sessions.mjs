#!/usr/bin/env node
// A full session of an official TypeScript client with the fixture, one line a step.
//
//   sessions.mjs --era legacy|modern|auto [--sdk 1|2] --url URL
//   sessions.mjs --era legacy|modern|auto [--sdk 1|2] -- COMMAND ARGS…
//
// SDK 1 speaks sessions only. Exits with 1 if a step fails.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const STEP_MILLISECONDS = 15_000;
const WATCHED = "test://watched-resource";

const { values, positionals } = parseArgs({
  options: {
    era: { type: "string", default: "legacy" },
    sdk: { type: "string", default: "2" },
    url: { type: "string" },
  },
  allowPositionals: true,
});

/** What the session has heard from the server. */
const heard = { logs: [], updates: [], toolChanges: 0, asked: [] };

const answers = {
  "sampling/createMessage": () => ({
    role: "assistant",
    model: "canned",
    content: { type: "text", text: "a canned answer" },
  }),
  "elicitation/create": () => ({ action: "accept", content: { username: "ada", email: "ada@example.com" } }),
  "roots/list": () => ({ roots: [{ uri: "file:///srv/data", name: "data" }] }),
};
const notices = {
  "notifications/message": ({ params }) => heard.logs.push(params.data),
  "notifications/resources/updated": ({ params }) => heard.updates.push(params.uri),
  "notifications/tools/list_changed": () => (heard.toolChanges += 1),
};
const identity = { name: "mcp-guard-session", version: "1.0.0" };
const capabilities = { sampling: {}, elicitation: { form: {} }, roots: {} };

async function openSdk2() {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const mode = { legacy: "legacy", auto: "auto", modern: { pin: "2026-07-28" } }[values.era];
  const client = new Client(identity, { capabilities, versionNegotiation: { mode } });
  for (const [method, answer] of Object.entries(answers))
    client.setRequestHandler(method, (request) => asked(request, answer));
  for (const [method, note] of Object.entries(notices)) client.setNotificationHandler(method, note);
  await client.connect(transport(StreamableHTTPClientTransport, StdioClientTransport));
  return { client, isModern: client.getProtocolEra() === "modern", version: client.getNegotiatedProtocolVersion() };
}

async function openSdk1() {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
  const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  const types = await import("@modelcontextprotocol/sdk/types.js");
  const client = new Client(identity, { capabilities });
  const requests = [types.CreateMessageRequestSchema, types.ElicitRequestSchema, types.ListRootsRequestSchema];
  Object.values(answers).forEach((answer, index) =>
    client.setRequestHandler(requests[index], (request) => asked(request, answer)),
  );
  const notifications = [
    types.LoggingMessageNotificationSchema,
    types.ResourceUpdatedNotificationSchema,
    types.ToolListChangedNotificationSchema,
  ];
  Object.values(notices).forEach((note, index) => client.setNotificationHandler(notifications[index], note));
  const connection = transport(StreamableHTTPClientTransport, StdioClientTransport);
  await client.connect(connection);
  return { client, isModern: false, version: connection.protocolVersion ?? "a session" };
}

function asked(request, answer) {
  heard.asked.push(request.method);
  return answer(request);
}

function transport(Http, Stdio) {
  if (values.url) return new Http(new URL(values.url));
  const [command, ...args] = positionals;
  return new Stdio({ command, args, stderr: "inherit" });
}

const saidBy = (result) => result.content[0].text;

/** Waits until `test` holds; what the server tells comes on its own stream. */
async function until(test, what) {
  for (let waited = 0; !test(); waited += 20) {
    if (waited > 5_000) throw new Error(`did not hear of ${what}`);
    await sleep(20);
  }
}

function steps({ client, isModern }) {
  const call = (name, args = {}, rest = []) => client.callTool({ name, arguments: args }, ...rest);
  // SDK 1 takes the schema of the result between the request and the options.
  const options = (value) => (values.sdk === "1" ? [undefined, value] : [value]);
  return {
    "tools/list": async () => {
      const { tools } = await client.listTools();
      assert(tools.length > 30);
      assert.equal(tools[0].name, "test_simple_text");
    },
    "tools/call": async () => {
      assert.match(saidBy(await call("test_simple_text")), /simple text response/);
    },
    "structured content": async () => {
      assert.deepEqual((await call("test_structured_content")).structuredContent, { city: "Bern", degrees: 21.5 });
    },
    "mirrored headers": async () => {
      assert.equal(saidBy(await call("test_x_mcp_header", { region: "Zürich", priority: 3 })), "Region Zürich");
    },
    "an error of the tool": async () => {
      assert.equal((await call("test_error_handling")).isError, true);
    },
    "an error of the protocol": async () => {
      await assert.rejects(call("no_such_tool"), ({ code }) => code === -32602);
    },
    progress: async () => {
      const seen = [];
      await call("test_tool_with_progress", {}, options({ onprogress: ({ progress }) => seen.push(progress) }));
      assert.deepEqual(seen, [0, 50, 100]);
    },
    "calls at once": async () => {
      const labels = Array.from({ length: 8 }, (_, index) => `label-${index}`);
      const results = await Promise.all(
        labels.map((label, index) => call("slow_compute", { seconds: (8 - index) / 50, label })),
      );
      assert.deepEqual(results.map(saidBy), labels.map((label) => `Computed ${label}`));
    },
    sampling: async () => {
      assert.equal(saidBy(await call("test_sampling", { prompt: "Say something" })), "LLM response: a canned answer");
      assert(heard.asked.includes("sampling/createMessage"));
    },
    elicitation: async () => {
      assert.match(saidBy(await call("test_elicitation", { message: "Who?" })), /action=accept, content=.*"ada"/);
      assert(heard.asked.includes("elicitation/create"));
    },
    roots: async () => {
      assert.equal(saidBy(await call("test_input_required_result_list_roots")), "Roots: file:///srv/data");
    },
    "several questions": async () => {
      assert.match(saidBy(await call("test_input_required_result_multiple_inputs")), /^a canned answer/);
    },
    "resources/list": async () => {
      const { resources } = await client.listResources();
      assert(resources.some(({ uri }) => uri === WATCHED));
    },
    "resources/templates/list": async () => {
      const { resourceTemplates } = await client.listResourceTemplates();
      assert.equal(resourceTemplates[0].uriTemplate, "test://template/{id}/data");
    },
    "resources/read": async () => {
      const { contents } = await client.readResource({ uri: "test://template/7/data" });
      assert.equal(JSON.parse(contents[0].text).id, "7");
    },
    "a missing resource": async () => {
      await assert.rejects(client.readResource({ uri: "test://missing" }), ({ code }) =>
        (isModern ? [-32602] : [-32002, -32602]).includes(code),
      );
    },
    subscription: async () => {
      const open = isModern
        ? await client.listen({ resourceSubscriptions: [WATCHED], toolsListChanged: true })
        : await client.subscribeResource({ uri: WATCHED });
      await call("test_touch_resource");
      await until(() => heard.updates.includes(WATCHED), "the resource");
      await call("test_trigger_tool_change");
      await until(() => heard.toolChanges > 0, "the tools");
      await (isModern ? open.close() : client.unsubscribeResource({ uri: WATCHED }));
    },
    prompts: async () => {
      const { prompts } = await client.listPrompts();
      assert(prompts.length >= 4);
      const got = await client.getPrompt({ name: "test_prompt_with_arguments", arguments: { arg1: "a", arg2: "b" } });
      assert.match(got.messages[0].content.text, /arg1='a', arg2='b'/);
    },
    completion: async () => {
      const { completion } = await client.complete({
        ref: { type: "ref/prompt", name: "test_prompt_with_arguments" },
        argument: { name: "arg1", value: "par" },
      });
      assert.deepEqual(completion.values, ["paris", "park", "party"]);
    },
    logging: async () => {
      if (!isModern) await client.setLoggingLevel("info");
      const _meta = isModern ? { "io.modelcontextprotocol/logLevel": "info" } : undefined;
      await client.callTool({ name: "test_tool_with_logging", arguments: {}, ...(_meta && { _meta }) });
      await until(() => heard.logs.length === 3, "three log messages");
    },
    cancel: async () => {
      const before = Number(saidBy(await call("test_cancelled_waits")));
      const abort = new AbortController();
      const waiting = call("test_wait", { milliseconds: 60_000 }, options({ signal: abort.signal }));
      setTimeout(() => abort.abort("enough"), 200);
      await assert.rejects(waiting);
      await sleep(200);
      assert.equal(Number(saidBy(await call("test_cancelled_waits"))), before + 1);
    },
    ...(!isModern && { ping: () => client.ping() }),
    close: () => client.close(),
  };
}

function within(promise, name) {
  const late = sleep(STEP_MILLISECONDS, undefined, { ref: false }).then(() => {
    throw new Error(`${name} took too long`);
  });
  return Promise.race([promise, late]);
}

async function step(name, action) {
  const began = performance.now();
  try {
    const result = await within(action(), name);
    console.log(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
    return result;
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAIL  ${name}: ${error.message.replaceAll("\n", " ")}`);
  }
}

const session = await step("connect", values.sdk === "1" ? openSdk1 : openSdk2);
if (session) {
  console.log(`      TypeScript SDK ${values.sdk}, ${session.version}`);
  for (const [name, action] of Object.entries(steps(session))) await step(name, action);
}
process.exit();
