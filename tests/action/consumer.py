"""A repository that uses the action: its history, its pull request, and what GitHub says of an event."""

import os
import subprocess

from github_api import NUMBER, REPOSITORY

WHO = ["-c", "user.name=mona", "-c", "user.email=mona@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]


def git(at, *arguments):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
                   "GIT_AUTHOR_DATE": "2026-11-30T12:00:00Z", "GIT_COMMITTER_DATE": "2026-11-30T12:00:00Z"}
    done = subprocess.run(["git", *WHO, *arguments], cwd=at, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr}")
    return done.stdout.strip()


def repository(place, files):
    """A new repository with one commit."""
    place.mkdir(parents=True, exist_ok=True)
    git(place, "init", "--quiet")
    return commit(place, files, "Begin")


def commit(place, files, message):
    """Writes files, takes away those that are None, and commits; returns the hash."""
    for name, text in files.items():
        path = place / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(place, "rev-parse", "HEAD")


class Consumer:
    """A repository with a branch `main`, and a bare one that it is fetched from."""

    def __init__(self, base, files):
        self.base, self.source, self.bare = base, base / "source", base / "shop.git"
        self.main = repository(self.source, files)
        git(base, "init", "--quiet", "--bare", str(self.bare))
        git(self.source, "remote", "add", "origin", str(self.bare))
        git(self.source, "push", "--quiet", "origin", "main")
        self.head, self.before = None, "0" * 40
        self.address = self.bare.as_uri()

    def push(self, files, message="Go on"):
        """A commit on `main`."""
        git(self.source, "checkout", "--quiet", "main")
        self.before = self.main
        self.main = commit(self.source, files, message)
        git(self.source, "push", "--quiet", "origin", "main")
        return self.main

    def change(self, files, message="Change"):
        """A commit of the pull request, and the commit that would merge it."""
        git(self.source, "checkout", "--quiet", *(["feature"] if self.head else ["-b", "feature", self.main]))
        self.head = commit(self.source, files, message)
        git(self.source, "checkout", "--quiet", "--detach", "main")
        git(self.source, "merge", "--quiet", "--no-ff", "--message", f"Merge {self.head} into {self.main}", "feature")
        for name in (f"refs/pull/{NUMBER}/merge", "refs/heads/gh-readonly-queue/main/pr-7"):
            git(self.source, "push", "--quiet", "--force", "origin", f"HEAD:{name}")
        git(self.source, "push", "--quiet", "--force", "origin", "feature")
        return self.head

    def checkout(self, ref, shallow):
        """What actions/checkout leaves of a ref; returns the place."""
        number = len(list(self.base.glob("checkout-*")))
        place = self.base / f"checkout-{number}"
        place.mkdir()
        git(place, "init", "--quiet")
        git(place, "remote", "add", "origin", self.bare.as_uri())
        spec = [f"+{ref}:refs/remotes/origin/here"] if shallow else ["+refs/heads/*:refs/remotes/origin/*", f"+{ref}:refs/remotes/origin/here"]
        git(place, "fetch", "--quiet", "--no-tags", *(["--depth=1"] if shallow else []), "origin", *spec)
        git(place, "checkout", "--quiet", "--detach", "refs/remotes/origin/here")
        git(place, "remote", "set-url", "origin", self.address)
        return place


def event(name, consumer, fork=False, user="mona", base=None):
    """The event file, as far as anybody reads it, and the ref that the run is about."""
    home = {"full_name": REPOSITORY, "default_branch": "main", "private": False, "fork": False}
    sender = {"login": user, "type": "Bot" if user.endswith("[bot]") else "User"}
    common = {"repository": home, "sender": sender}
    if name in ("pull_request", "pull_request_target"):
        there = {**home, "full_name": "stranger/shop", "fork": True} if fork else home
        pull = {"number": NUMBER, "state": "open", "user": sender, "title": "Change",
                "head": {"sha": consumer.head, "ref": "feature", "repo": there},
                "base": {"sha": base or consumer.main, "ref": "main", "repo": home}}
        return {"action": "synchronize", "number": NUMBER, "pull_request": pull, **common}, f"refs/pull/{NUMBER}/merge" if name == "pull_request" else "refs/heads/main"
    if name == "merge_group":
        group = {"base_sha": consumer.main, "base_ref": "refs/heads/main", "head_sha": consumer.head,
                 "head_ref": "refs/heads/gh-readonly-queue/main/pr-7"}
        return {"action": "checks_requested", "merge_group": group, **common}, group["head_ref"]
    if name == "push":
        before = consumer.before
        return {"ref": "refs/heads/main", "before": before, "after": consumer.main, **common}, "refs/heads/main"
    return {"schedule": "17 4 * * 1", **common}, "refs/heads/main"
