#!/usr/bin/env python3
"""Tests of the action: its steps run with a runner of their own, and its files agree.

Needs Python 3.11, bash and the tools that every runner has. `python3 tests/action/steps.py -v`
"""

import sys
import unittest
from pathlib import Path

if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(here))
    suite = unittest.defaultTestLoader.discover(str(here), pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=2 if "-v" in sys.argv else 1).run(suite)
    sys.exit(not result.wasSuccessful() or result.testsRun == 0)
