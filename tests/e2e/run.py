#!/usr/bin/env python3
"""Runs the end-to-end tests: one line a test, reasons of skips and failures, and the counts as JSON to --counts FILE.
Names (test_faults, test_streams.Streams.test_crlf) choose some of them."""
import argparse
import json
import os
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    """Counts tests, not subtests: a test with failing subtests has failed once."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.bad, self.passed_tests, self.started = set(), set(), {}

    def startTest(self, test):
        self.started[test.id()] = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed_tests.add(test.id())
        super().addSuccess(test)

    def addFailure(self, test, err):
        self.bad.add(test.id())
        super().addFailure(test, err)

    def addError(self, test, err):
        self.bad.add(test.id())
        super().addError(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.bad.add(test.id())
        super().addSubTest(test, subtest, err)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--counts", help="where the counts go")
    parser.add_argument("--long", action="store_true", help="runs what takes minutes too")
    args = parser.parse_args()
    if args.long:
        os.environ["RINGLOAD_LONG"] = "1"
    sys.path.insert(0, str(HERE))
    sys.dont_write_bytecode = True
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(args.names) if args.names else loader.discover(str(HERE), top_level_dir=str(HERE))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(suite)
    skipped = {test.id() for test, _ in result.skipped if hasattr(test, "id")} - result.bad
    counts = {"passed": len(result.passed_tests - result.bad - skipped), "failed": len(result.bad),
              "skipped": len(skipped)}
    for test, reason in result.skipped:
        print(f"skipped {test.id()}: {reason}")
    if args.counts:
        pathlib.Path(args.counts).write_text(json.dumps(counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
