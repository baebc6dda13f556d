#!/usr/bin/env python3
"""A full session of the official Python client with the fixture, one line a step.

    sessions.py [--mode legacy|auto|2026-07-28] --url URL
    sessions.py [--mode legacy|auto|2026-07-28] -- COMMAND ARGS…

Runs with SDK 1.x, which speaks sessions only, and 2.x, whichever is installed. Exits with 1 if a
step fails.
"""

import argparse
import importlib.metadata
import json
import sys
import time
import warnings
from contextlib import asynccontextmanager

import anyio
from mcp import types

SDK = importlib.metadata.version("mcp")
IS_SDK_1 = SDK.startswith("1.")
STEP_SECONDS = 15
WATCHED = "test://watched-resource"

# The SDK warns of what 2026-07-28 deprecates, which the session uses on purpose.
warnings.simplefilter("ignore")


def wire(model):
    """A result as it came over the wire: both SDKs name fields differently."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def said_by(result):
    return wire(result)["content"][0]["text"]


class Heard:
    """What the session has heard from the server."""

    def __init__(self):
        self.logs, self.methods, self.asked = [], [], []

    async def log(self, params):
        self.logs.append(params.data)

    async def message(self, message):
        message = getattr(message, "root", message)
        if hasattr(message, "method"):
            self.methods.append(message.method)

    async def sampling(self, _context, _params):
        self.asked.append("sampling")
        text = types.TextContent(type="text", text="a canned answer")
        return types.CreateMessageResult(role="assistant", model="canned", content=text)

    async def elicitation(self, _context, _params):
        self.asked.append("elicitation")
        return types.ElicitResult(action="accept", content={"username": "ada", "email": "ada@example.com"})

    async def roots(self, _context):
        self.asked.append("roots")
        return types.ListRootsResult(roots=[types.Root(uri="file:///srv/data", name="data")])

    def callbacks(self):
        return {
            "sampling_callback": self.sampling,
            "elicitation_callback": self.elicitation,
            "list_roots_callback": self.roots,
            "logging_callback": self.log,
            "message_handler": self.message,
        }


@asynccontextmanager
async def open_sdk_1(options, heard):
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client

    if options.url:
        transport = streamable_http_client(options.url)
    else:
        transport = stdio_client(StdioServerParameters(command=options.command[0], args=options.command[1:]))
    async with transport as (read, write, *_), ClientSession(read, write, **heard.callbacks()) as session:
        started = await session.initialize()
        yield session, started.protocolVersion


@asynccontextmanager
async def open_sdk_2(options, heard):
    from mcp import Client, StdioServerParameters

    server = options.url or StdioServerParameters(command=options.command[0], args=options.command[1:])
    modern_only = {} if options.mode == "legacy" else {"log_level": "info"}
    async with Client(server, mode=options.mode, **heard.callbacks(), **modern_only) as client:
        yield client, client.protocol_version


async def until(test, what):
    """Waits until `test` holds; what the server tells comes on its own stream."""
    with anyio.move_on_after(5):
        while not test():
            await anyio.sleep(0.02)
    assert test(), f"did not hear of {what}"


async def error_code(awaitable):
    try:
        await awaitable
    except Exception as error:  # each SDK has an error class of its own
        return error.error.code
    raise AssertionError("no error")


class Steps:
    """The steps of a session, in the order in which they stand."""

    def __init__(self, client, version, heard):
        self.client, self.heard = client, heard
        self.is_modern = version >= "2026"

    async def call(self, name, arguments=None, **more):
        return await self.client.call_tool(name, arguments or {}, **more)

    async def tools_list(self):
        tools = wire(await self.client.list_tools())["tools"]
        assert len(tools) > 30 and tools[0]["name"] == "test_simple_text", tools[0]

    async def tools_call(self):
        assert "simple text response" in said_by(await self.call("test_simple_text"))

    async def structured_content(self):
        result = wire(await self.call("test_structured_content"))
        assert result["structuredContent"] == {"city": "Bern", "degrees": 21.5}, result

    async def mirrored_headers(self):
        result = await self.call("test_x_mcp_header", {"region": "Zürich", "priority": 3})
        assert said_by(result) == "Region Zürich", result

    async def error_of_the_tool(self):
        assert wire(await self.call("test_error_handling"))["isError"] is True

    async def error_of_the_protocol(self):
        assert await error_code(self.call("no_such_tool")) == -32602

    async def progress(self):
        seen = []

        async def on_progress(progress, _total, _message):
            seen.append(progress)

        await self.call("test_tool_with_progress", progress_callback=on_progress)
        assert seen == [0, 50, 100], seen

    async def calls_at_once(self):
        results = {}

        async def compute(number):
            arguments = {"seconds": (8 - number) / 50, "label": f"label-{number}"}
            results[number] = said_by(await self.call("slow_compute", arguments))

        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(compute, number)
        assert results == {number: f"Computed label-{number}" for number in range(8)}, results

    async def sampling(self):
        result = said_by(await self.call("test_sampling", {"prompt": "Say something"}))
        assert result == "LLM response: a canned answer" and "sampling" in self.heard.asked, result

    async def elicitation(self):
        result = said_by(await self.call("test_elicitation", {"message": "Who?"}))
        assert "action=accept" in result and '"ada"' in result and "elicitation" in self.heard.asked, result

    async def roots(self):
        result = said_by(await self.call("test_input_required_result_list_roots"))
        assert result == "Roots: file:///srv/data", result

    async def several_questions(self):
        result = said_by(await self.call("test_input_required_result_multiple_inputs"))
        assert result.startswith("a canned answer"), result

    async def resources_list(self):
        resources = wire(await self.client.list_resources())["resources"]
        assert WATCHED in [resource["uri"] for resource in resources], resources

    async def resources_templates_list(self):
        templates = wire(await self.client.list_resource_templates())["resourceTemplates"]
        assert templates[0]["uriTemplate"] == "test://template/{id}/data", templates

    async def resources_read(self):
        contents = wire(await self.client.read_resource("test://template/7/data"))["contents"]
        assert json.loads(contents[0]["text"])["id"] == "7", contents

    async def missing_resource(self):
        expected = (-32602,) if self.is_modern else (-32002, -32602)
        assert await error_code(self.client.read_resource("test://missing")) in expected

    async def subscription(self):
        if self.is_modern:
            async with self.client.listen(resource_subscriptions=[WATCHED], tools_list_changed=True):
                await self.hear_changes()
        else:
            await self.client.subscribe_resource(WATCHED)
            await self.hear_changes()
            await self.client.unsubscribe_resource(WATCHED)

    async def hear_changes(self):
        await self.call("test_touch_resource")
        await until(lambda: "notifications/resources/updated" in self.heard.methods, "the resource")
        await self.call("test_trigger_tool_change")
        await until(lambda: "notifications/tools/list_changed" in self.heard.methods, "the tools")

    async def prompts(self):
        assert len(wire(await self.client.list_prompts())["prompts"]) >= 4
        got = wire(await self.client.get_prompt("test_prompt_with_arguments", {"arg1": "a", "arg2": "b"}))
        assert "arg1='a', arg2='b'" in got["messages"][0]["content"]["text"], got

    async def completion(self):
        reference = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
        completed = wire(await self.client.complete(reference, {"name": "arg1", "value": "par"}))
        assert completed["completion"]["values"] == ["paris", "park", "party"], completed

    async def logging(self):
        if not self.is_modern:
            await self.client.set_logging_level("info")
        self.heard.logs.clear()
        await self.call("test_tool_with_logging")
        await until(lambda: len(self.heard.logs) == 3, f"three log messages: {self.heard.logs}")

    async def cancel(self):
        before = int(said_by(await self.call("test_cancelled_waits")))
        async with anyio.create_task_group() as group:
            group.start_soon(self.call, "test_wait", {"milliseconds": 60_000})
            await anyio.sleep(0.2)
            if IS_SDK_1:
                await self.send_cancelled()
            group.cancel_scope.cancel()
        await anyio.sleep(0.2)
        assert int(said_by(await self.call("test_cancelled_waits"))) == before + 1

    async def send_cancelled(self):
        """SDK 1 does not tell the server by itself that it waits no longer."""
        params = types.CancelledNotificationParams(requestId=self.client._request_id - 1)
        notification = types.CancelledNotification(method="notifications/cancelled", params=params)
        await self.client.send_notification(types.ClientNotification(notification))

    async def ping(self):
        if not self.is_modern:
            await self.client.send_ping()


def innermost(error):
    """The error itself, out of the groups that task groups wrap it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__} {error}".replace("\n", " ")


async def step(name, action):
    began = time.monotonic()
    try:
        with anyio.fail_after(STEP_SECONDS):
            await action()
    except Exception as error:
        print(f"FAIL  {name}: {innermost(error)}", flush=True)
        return False
    print(f"ok    {name} ({(time.monotonic() - began) * 1000:.0f} ms)", flush=True)
    return True


async def session(options):
    heard = Heard()
    results = []
    open_client = open_sdk_1 if IS_SDK_1 else open_sdk_2
    async with open_client(options, heard) as (client, version):
        print(f"ok    connect\n      Python SDK {SDK}, {version}", flush=True)
        steps = Steps(client, version, heard)
        for name in STEP_NAMES:
            results.append(await step(name.replace("_", " "), getattr(steps, name)))
    print("ok    close", flush=True)
    return all(results)


NOT_STEPS = {"call", "hear_changes", "send_cancelled"}
STEP_NAMES = [name for name in vars(Steps) if not name.startswith("_") and name not in NOT_STEPS]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", default="legacy")
    parser.add_argument("--url")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    try:
        passed = anyio.run(session, options)
    except BaseException as error:
        print(f"FAIL  session: {innermost(error)}")
        passed = False
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
