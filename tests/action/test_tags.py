"""The second of two tags: which tags of the action are set on which commit."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from runner import ROOT


class Tags(unittest.TestCase):
    def setUp(self):
        self.base = Path(tempfile.mkdtemp(prefix="tags-test-"))
        self.addCleanup(shutil.rmtree, self.base)
        self.work, self.remote = self.base / "work", self.base / "remote.git"
        (self.work / "action").mkdir(parents=True)
        shutil.copy(ROOT / "action/tag-release.sh", self.work / "action")
        self.git("init", "--quiet", "--bare", str(self.remote), at=self.base)
        self.git("init", "--quiet")

    def git(self, *arguments, at=None):
        settings = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *settings, *arguments], cwd=at or self.work, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def release(self, *versions):
        """Commits a list of these versions, newest first, and tags; returns the commit and the tags set."""
        text = "# top\n" + "".join(f"{v} target hash\n{v} other hash\n" for v in versions)
        (self.work / "action/releases.txt").write_text(text)
        self.git("add", "-A")
        self.git("commit", "--quiet", "--allow-empty", "-m", "list")
        done = subprocess.run(["bash", "action/tag-release.sh", str(self.remote)], cwd=self.work, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.git("rev-parse", "HEAD"), done.stdout.split()

    def tags(self):
        lines = self.git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags", at=self.remote).splitlines()
        return dict(line.split() for line in lines)

    def test_the_train(self):
        self.assertEqual(self.release()[1], [])
        first, set_ = self.release("1.9.0")
        self.assertEqual(set_, ["v1.9.0", "v1"])
        again, set_ = self.release("1.9.0")
        self.assertEqual(set_, [], "an exact tag is set once")
        self.assertEqual(self.tags(), {"v1.9.0": first, "v1": first})
        second, set_ = self.release("1.10.0", "1.9.0")
        self.assertEqual(set_, ["v1.10.0", "v1"])
        fix, set_ = self.release("1.9.1", "1.10.0", "1.9.0")
        self.assertEqual(set_, ["v1.9.1"], "v1 does not move back")
        early, set_ = self.release("2.0.0-rc.1", "1.9.1", "1.10.0", "1.9.0")
        self.assertEqual(set_, ["v2.0.0-rc.1"])
        major, set_ = self.release("2.0.0", "2.0.0-rc.1", "1.9.1", "1.10.0", "1.9.0")
        self.assertEqual(set_, ["v2.0.0", "v2"])
        self.assertEqual(self.tags(), {"v1.9.0": first, "v1.10.0": second, "v1": second, "v1.9.1": fix,
                                       "v2.0.0-rc.1": early, "v2.0.0": major, "v2": major})

    def test_what_was_left_undone_is_done(self):
        first, _ = self.release("1.0.0")
        self.git("tag", "-d", "v1", at=self.remote)
        _, set_ = self.release("1.0.0")
        self.assertEqual(set_, ["v1"])
        self.assertEqual(self.tags(), {"v1.0.0": first, "v1": first}, "on the commit of the exact tag")
