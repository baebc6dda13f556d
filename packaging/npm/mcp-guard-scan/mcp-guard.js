#!/usr/bin/env node
// Starts the program of the package for this platform. Nothing is downloaded, neither now nor when
// the packages are installed: npm picks the one that fits from the optional dependencies.
"use strict";

const { spawnSync } = require("node:child_process");

const name = `mcp-guard-scan-${process.platform}-${process.arch}`;
const known = Object.keys(require("./package.json").optionalDependencies);

function stop(why) {
  process.stderr.write(`mcp-guard: ${why}\n`);
  process.exit(2);
}

if (!known.includes(name)) {
  stop(`there is no program for ${process.platform} ${process.arch}; there are: ${known.join(", ")}`);
}

let program;
try {
  program = require.resolve(`${name}/${process.platform === "win32" ? "mcp-guard.exe" : "mcp-guard"}`);
} catch {
  stop(`the package ${name} is missing; install without --omit=optional (--no-optional)`);
}

const done = spawnSync(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (done.error) stop(`${program} cannot be started: ${done.error.message}`);
if (done.signal) process.kill(process.pid, done.signal);
process.exit(done.status ?? 2);
