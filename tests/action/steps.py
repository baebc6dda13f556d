#!/usr/bin/env python3
"""Tests of the action: its steps run with a runner of their own, and its files agree.

Needs Python 3.9, bash, git and the tools that every runner has. Tests that need node, act, cargo or
the program (target/debug/mcp-guard, or MCP_GUARD_PROGRAM) are skipped without them, unless
MCP_GUARD_REQUIRE_TOOLS is set. UPDATE=1 writes the snapshots anew. `python3 tests/action/steps.py -v`
"""

import os
import sys
import unittest
from pathlib import Path

if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(here))
    suite = unittest.defaultTestLoader.discover(str(here), pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=2 if "-v" in sys.argv else 1).run(suite)
    missing = bool(os.environ.get("MCP_GUARD_REQUIRE_TOOLS")) and bool(result.skipped)
    for test, why in result.skipped if missing else []:
        print(f"skipped, but must run: {test}: {why}")
    sys.exit(missing or not result.wasSuccessful() or result.testsRun == 0)
