"""`kill -9` at any moment: every whole line of the JSONL is a record, at most one is torn, little is lost, and a
summary can be made of what is left."""
import json
import os
import pathlib
import random
import signal
import socket
import time
import unittest

import harness

# The writer looks every 20 ms. What a busy machine can add before it runs again is added here.
FLUSH_S = 0.02 + 0.4
RATE = 400
TIMES = 50 if harness.LONG else 10


class Kill(harness.EndToEnd):
    def kill_once(self, mock, draw):
        sent_before = mock.requests()
        profile = self.write("kill.json", {
            "defaults": {"target": mock.url, "model": "m", "max_tokens": 8, "stream": True},
            "stages": [{"rate": RATE, "duration": "30s"}],
            "scenarios": [{"name": "one"}, {"name": "two", "turns": 2}]})
        run = self.start("run", "--config", profile, "--html", "off", "--live", "off", "--no-preflight")
        lines = None
        wait_until = time.monotonic() + 20
        while lines is None and time.monotonic() < wait_until:
            time.sleep(0.01)
            lines = next(iter(pathlib.Path(run.directory).glob("results-*.jsonl")), None)
        self.assertIsNotNone(lines, "no JSONL has been begun")
        time.sleep(draw.uniform(0, 1.5))
        killed = time.time()
        run.signal(signal.SIGKILL)
        finished = run.finish()
        self.assertEqual(-signal.SIGKILL, finished.status, str(finished))
        text = lines.read_bytes()
        whole, _, torn = text.rpartition(b"\n")
        records = [json.loads(line) for line in whole.split(b"\n")] if whole else []
        if torn:
            with self.assertRaises(ValueError):
                json.loads(torn)
        # What had been answered a flush before the kill is there: the mock has seen no more than is written, in flight,
        # or younger than that.
        time.sleep(0.05)
        sent = mock.requests() - sent_before
        self.assertLessEqual(len(records), sent)
        self.assertLessEqual(sent - len(records), RATE * FLUSH_S * 1.5 + 20, f"of {sent}")
        if records:
            last = max(record["start_unix_ms"] + record["latency_ms"] for record in records) / 1000
            self.assertLess(killed - last, FLUSH_S)
        return lines, records

    def check_rebuilt(self, lines, records):
        report = self.ringload("report", lines, "--json")
        self.assertEqual(0, report.status, str(report))
        rebuilt = json.loads(report.out)
        self.assertEqual(len(records), rebuilt["conservation"]["scheduled"])
        self.assertEqual(sum(record["err"] is None for record in records), rebuilt["conservation"]["ok"])
        self.assertEqual(sum(record["completion_tokens"] or 0 for record in records if not record["warmup"]),
                         rebuilt["aggregate"]["completion_tokens"])
        self.assertFalse(rebuilt["complete"])
        latencies = sorted(record["latency_ms"] for record in records if record["err"] is None)
        if len(latencies) > 100:
            middle = latencies[(len(latencies) + 1) // 2 - 1]
            self.assertAlmostEqual(middle, rebuilt["aggregate"]["latency_ms"]["p50"], delta=0.002 * middle + 0.002)

    def test_at_random_moments(self):
        seed = int(os.environ.get("RINGLOAD_KILL_SEED", time.time()))
        draw = random.Random(seed)
        mock = self.mock()
        mock.requests = lambda: sum(value for name, value in mock.metrics().items()
                                    if name.startswith("mock_requests_total") and "/v1/" in name)
        some = 0
        for number in range(TIMES):
            with self.subTest(number=number, seed=seed):
                lines, records = self.kill_once(mock, draw)
                some += len(records) > 0
                self.check_rebuilt(lines, records)
        self.assertGreater(some, TIMES // 2)

    def test_the_plan_is_written_before_anything_is_sent(self):
        deaf = socket.create_server(("127.0.0.1", 0))  # preflight waits for its answer
        self.addCleanup(deaf.close)
        run = self.start("run", f"http://127.0.0.1:{deaf.getsockname()[1]}", "--model", "m", "--stages", "3:1s,@5:2s",
                         "--live", "off", "--timeout", "60s", "--label", "k=v")
        latest = pathlib.Path(run.directory) / "latest"
        wait_until = time.monotonic() + 20
        while not latest.exists() and time.monotonic() < wait_until:
            time.sleep(0.01)
        summary = json.loads(latest.read_text())
        run.signal(signal.SIGKILL)
        run.finish()
        self.assertFalse(summary["complete"])
        self.assertEqual([3, None], [stage["concurrency"] for stage in summary["stages"]])
        self.assertEqual([1, 2], [stage["duration_s"] for stage in summary["stages"]])
        self.assertEqual({"k": "v"}, summary["labels"])
        report = self.ringload("report", run.directory)
        self.assertEqual(0, report.status, str(report))
        self.assertIn("INCOMPLETE", report.out)

    def test_a_torn_line_is_left_out_when_rebuilding(self):
        mock = self.mock()
        run = self.run_load(mock.url, "--concurrency", 2, "--requests", 50, "--duration", "20s", "--jsonl", "on")
        lines = next(pathlib.Path(run.directory).glob("results-*.jsonl"))
        whole = lines.read_bytes()
        count = whole.count(b"\n")
        last = whole.rstrip(b"\n").rfind(b"\n") + 1
        for cut in (last, last + 1, last + 100, len(whole) - 2):
            torn = pathlib.Path(self.directory) / f"torn-{cut}.jsonl"
            torn.write_bytes(whole[:cut])
            report = self.ringload("report", torn, "--json")
            self.assertEqual(0, report.status, str(report))
            self.assertEqual(count - 1, json.loads(report.out)["conservation"]["scheduled"])


if __name__ == "__main__":
    unittest.main()
