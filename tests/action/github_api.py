"""The part of GitHub's API that the action uses, on this machine, for one pull request."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "harbour/shop"
NUMBER = 7
TOKEN = "ghs_ThisIsTheTokenOfTheJobAndOfNothingElse"
READ_ONLY = {"message": "Resource not accessible by integration", "status": "403",
             "documentation_url": "https://docs.github.com/rest/issues/comments#create-an-issue-comment"}


class GitHub:
    """Keeps the comments of the pull request, and what was asked."""

    def __init__(self):
        self.comments, self.asked, self.head, self.read_only = [], [], None, False
        self.next, self.lock = 9000, threading.Lock()
        for number in range(40):
            self.add(f"Comment {number} of somebody.", "User")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"github": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/api/v3"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, body, kind):
        self.next += 1
        comment = {"id": self.next, "body": body, "user": {"login": "github-actions[bot]" if kind == "Bot" else "mona", "type": kind},
                   "html_url": f"https://github.com/{REPOSITORY}/pull/{NUMBER}#issuecomment-{self.next}"}
        self.comments.append(comment)
        return comment

    def ours(self):
        return [c for c in self.comments if c["body"].startswith("<!-- mcp-guard")]

    def writes(self):
        """What was changed or was to be, as `METHOD path`; forgets it."""
        done = [line for line in self.asked if not line.startswith("GET ")]
        self.asked.clear()
        return done

    def answer(self, method, path, query, body):
        """Status and body, and whether there are more pages."""
        if method != "GET" and self.read_only:
            return 403, READ_ONLY, False
        if (method, path) == ("GET", f"/pulls/{NUMBER}"):
            return 200, {"number": NUMBER, "state": "open", "head": {"sha": self.head}}, False
        if path == f"/issues/{NUMBER}/comments":
            if method == "GET":
                # Pages are smaller than is asked for, so that there are several.
                page = int(query.get("page", ["1"])[0])
                return 200, self.comments[20 * (page - 1):20 * page], len(self.comments) > 20 * page
            if method == "POST":
                return 201, self.add(body["body"], "Bot"), False
        known = re.fullmatch(r"/issues/comments/(\d+)", path)
        for comment in self.comments if known else []:
            if comment["id"] == int(known[1]) and method == "PATCH":
                comment["body"] = body["body"]
                return 200, comment, False
            if comment["id"] == int(known[1]) and method == "DELETE":
                self.comments.remove(comment)
                return 204, None, False
        return 404, {"message": "Not Found"}, False


class Handler(BaseHTTPRequestHandler):
    github = None

    def handle_one(self):
        address = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or "null")
        path = address.path.replace(f"/api/v3/repos/{REPOSITORY}", "", 1)
        query = parse_qs(address.query)
        with self.github.lock:
            self.github.asked.append(f"{self.command} {path}")
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                status, answer, more = 401, {"message": "Bad credentials"}, False
            else:
                status, answer, more = self.github.answer(self.command, path, query, body)
        text = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(text)))
        if more:
            page = int(query.get("page", ["1"])[0]) + 1
            self.send_header("link", f'<{self.github.url}/repos/{REPOSITORY}{path}?per_page=100&page={page}>; rel="next"')
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_one

    def log_message(self, *_):
        pass
