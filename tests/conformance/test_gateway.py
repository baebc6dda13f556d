import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import gateway

HOP = str(Path(__file__).with_name("hop.mjs"))


class Echo(BaseHTTPRequestHandler):
    """Answers with the body that it got."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Running(unittest.TestCase):
    def setUp(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/mcp"

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def test_a_gateway_stands_in_front_of_the_server_and_ends(self):
        with gateway.Gateway(HOP, "echo", {"url": self.url}) as running:
            with urllib.request.urlopen(running.url, data=b"hello") as answer:
                self.assertEqual(answer.read(), b"hello")
            folder = Path(running.folder.name)
        self.assertIsNotNone(running.process.poll())
        self.assertFalse(folder.exists())

    def test_the_command_prints_the_address_and_runs_until_its_input_ends(self):
        command = [sys.executable, gateway.__file__, HOP, "echo", "--url", self.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            address = process.stdout.readline().strip()
            with urllib.request.urlopen(address, data=b"{}") as answer:
                self.assertEqual(answer.read(), b"{}")
            process.stdin.close()
            self.assertEqual(process.wait(10), 0)
        with self.assertRaises(urllib.error.URLError):
            urllib.request.urlopen(address, data=b"{}", timeout=2)


class Failing(unittest.TestCase):
    def test_a_gateway_that_ends_at_once_is_told_with_what_it_said(self):
        with tempfile.TemporaryDirectory() as folder:
            binary = Path(folder) / "broken"
            binary.write_text("#!/bin/sh\necho no such key >&2\nexit 2\n")
            os.chmod(binary, 0o700)
            with self.assertRaisesRegex(RuntimeError, "no such key"):
                gateway.Gateway(str(binary), "echo", {"url": "http://127.0.0.1:9/mcp"}).__enter__()


class Configuration(unittest.TestCase):
    def test_a_command_is_guarded_as_it_stands_in_a_clients_file(self):
        with tempfile.TemporaryDirectory() as folder:
            command = gateway.stdio_command("guard", "files", ["server", "--stdio"], Path(folder))
            self.assertEqual(command[:3], ["guard", "serve", "--config"])
            self.assertEqual(command[4:], ["--server", "files", "--", "server", "--stdio"])
            self.assertEqual(Path(command[3]).stat().st_mode & 0o777, 0o600)
            self.assertNotIn("listen", json.loads(Path(command[3]).read_text()))


if __name__ == "__main__":
    unittest.main()
