#!/usr/bin/env python3
"""Runs the end-to-end tests: one line a test, reasons of skips and failures, and the counts as JSON to --counts FILE.
Names (test_faults, test_streams.Streams.test_crlf) choose some of them. Most tests wait most of the time, so two modules
run side by side (--jobs); those that judge timing run alone, afterwards."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ALONE = ("test_knee", "test_open_loop", "test_scale", "test_tuning")


class Result(unittest.TextTestResult):
    """Counts tests, not subtests: a test with failing subtests has failed once."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.bad, self.passed_tests, self.started = set(), set(), {}

    def startTest(self, test):
        self.started[test.id()] = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        seconds = time.monotonic() - self.started[test.id()]
        if seconds >= 5:
            self.stream.writeln(f"    took {seconds:.0f} s")

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


def run_here(names):
    """The counts of these tests, run in this process."""
    sys.path.insert(0, str(HERE))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(
        unittest.TestLoader().loadTestsFromNames(names))
    skipped = {test.id() for test, _ in result.skipped if hasattr(test, "id")} - result.bad
    for test, reason in result.skipped:
        print(f"skipped {test.id()}: {reason}")
    return {"passed": len(result.passed_tests - result.bad - skipped), "failed": len(result.bad),
            "skipped": len(skipped)}


def run_apart(name):
    """The counts of one name, run in a process of its own, whose output is printed in one piece. A process that ends
    without counts is one failure."""
    with tempfile.TemporaryDirectory() as directory:
        counts = pathlib.Path(directory) / "counts.json"
        run = subprocess.run([sys.executable, __file__, name, "--jobs", "1", "--counts", str(counts)],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        print(f"\n{name}\n{run.stdout}", end="", flush=True)
        if not counts.exists():
            print(f"{name}: ended with {run.returncode}, without counts", flush=True)
            return {"passed": 0, "failed": 1, "skipped": 0}
        return json.loads(counts.read_text())


def run_modules(names, jobs):
    alone = [name for name in names if name.split(".")[0] in ALONE]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        parts = list(pool.map(run_apart, [name for name in names if name not in alone]))
    parts += [run_apart(name) for name in alone]
    return {key: sum(part[key] for part in parts) for key in ("passed", "failed", "skipped")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--counts", help="where the counts go")
    parser.add_argument("--jobs", type=int, default=2, help="modules side by side (2)")
    parser.add_argument("--long", action="store_true", help="runs what takes minutes too")
    args = parser.parse_args()
    if args.long:
        os.environ["RINGLOAD_LONG"] = "1"
    sys.dont_write_bytecode = True
    # A shell's background job has it ignored, and what tests start and interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    names = args.names or sorted(path.stem for path in HERE.glob("test_*.py"))
    counts = run_here(names) if args.jobs == 1 or len(names) == 1 else run_modules(names, args.jobs)
    if args.counts:
        pathlib.Path(args.counts).write_text(json.dumps(counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
