#!/usr/bin/env node
// The experimental tasks of 2025-11-25, by SDK 1 against @modelcontextprotocol/server-everything:
//
//   tasks.mjs --url URL
//   tasks.mjs -- COMMAND ARGS…
//
// One line a step; exits with 1 if one fails.
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const STEP_MILLISECONDS = 20_000;
const TOOL = "simulate-research-query";

const { values, positionals } = parseArgs({ options: { url: { type: "string" } }, allowPositionals: true });
const client = new Client(
  { name: "mcp-guard-tasks", version: "1.0.0" },
  { capabilities: { elicitation: {}, tasks: { requests: { elicitation: { create: {} } } } } },
);
const asked = [];
client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
  asked.push(params);
  return { action: "accept", content: { interpretation: "snake" } };
});
const { tasks } = client.experimental;

function transport() {
  if (values.url) return new StreamableHTTPClientTransport(new URL(values.url));
  const [command, ...args] = positionals;
  return new StdioClientTransport({ command, args, stderr: "ignore" });
}

/** Starts the tool as a task and gives what came of it, in order. */
async function* research(args) {
  yield* tasks.callToolStream({ name: TOOL, arguments: args }, undefined, { task: { ttl: 60_000 } });
}

const steps = {
  connect: () => client.connect(transport()),
  "tools/list": async () => {
    const { tools } = await client.listTools();
    assert.equal(tools.find(({ name }) => name === TOOL).execution.taskSupport, "required");
  },
  "a task that asks and completes": async () => {
    const kinds = [];
    let result;
    for await (const message of research({ topic: "python", ambiguous: true })) {
      assert.notEqual(message.type, "error", message.error?.message);
      kinds.push(message.type);
      if (message.type === "result") result = message.result;
    }
    assert.equal(kinds[0], "taskCreated");
    assert(kinds.includes("taskStatus"));
    assert.match(result.content[0].text, /python \(snake\)/);
    assert.equal(asked.length, 1);
  },
  "tasks/list, tasks/get, tasks/cancel": async () => {
    const { value } = await research({ topic: "rivers" }).next();
    const { taskId } = value.task;
    assert((await tasks.listTasks()).tasks.some((task) => task.taskId === taskId));
    assert.equal((await tasks.getTask(taskId)).status, "working");
    await tasks.cancelTask(taskId);
    assert.equal((await tasks.getTask(taskId)).status, "cancelled");
  },
  "a task that is not known": async () => {
    await assert.rejects(tasks.getTask("no-such-task"), ({ code }) => code === -32602);
  },
  close: () => client.close(),
};

for (const [name, action] of Object.entries(steps)) {
  const late = new Promise((_, reject) => setTimeout(reject, STEP_MILLISECONDS, new Error("took too long")).unref());
  try {
    await Promise.race([action(), late]);
    console.log(`ok    ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAIL  ${name}: ${error.message.replaceAll("\n", " ")}`);
    if (name === "connect") break;
  }
}
process.exit();
