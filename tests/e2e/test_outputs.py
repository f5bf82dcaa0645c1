"""What ringload writes, read by others: histograms by the hdrhistogram package, metrics by promtool, CSV and JSONL by
Python's own modules; and merged summaries against the union of their runs."""
import csv
import json
import math
import os
import pathlib
import shutil
import subprocess
import unittest

import harness

PYTHON = os.environ.get("RINGLOAD_CLIENTS_PYTHON")

# Runs where the package is installed: base64 in, {name: [[highest value of the bucket, count], …]} out.
DECODE = """
import json, sys
from hdrh.histogram import HdrHistogram
out = {}
for name, text in json.load(sys.stdin).items():
    histogram = HdrHistogram.decode(text.encode())
    assert histogram.significant_figures == 3, name
    out[name] = [[item.value_iterated_to, item.count_at_value_iterated_to]
                 for item in histogram.get_recorded_iterator()]
    assert histogram.get_total_count() == sum(count for _, count in out[name]), name
json.dump(out, sys.stdout)
"""


def decode(histograms):
    done = subprocess.run([PYTHON, "-c", DECODE], input=json.dumps(histograms), capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def at_percentile(buckets, percentile):
    rank = max(1, math.ceil(percentile / 100 * sum(count for _, count in buckets) - 1e-9))
    for value, count in buckets:
        rank -= count
        if rank <= 0:
            return value
    raise AssertionError("no such rank")


def every_row(summary):
    yield "aggregate", summary["aggregate"]
    for stage in summary["stages"]:
        yield f"stage {stage['stage']}", stage["total"]
        for row in stage["scenarios"]:
            yield f"stage {stage['stage']} {row['label']}", row
    for segment in summary["segments"]:
        yield f"{segment['scenario']} {segment['tokens_from']}", segment["stat"]


def no_duplicates(pairs):
    if len(pairs) != len(dict(pairs)):
        raise ValueError(f"a key stands twice: {[key for key, _ in pairs]}")
    return dict(pairs)


def no_constants(name):
    raise ValueError(f"found {name}, which is no JSON")


def strict(text):
    return json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constants)


class Outputs(harness.EndToEnd):
    def load(self, mock, *arguments):
        profile = self.write("outputs.json", {
            "defaults": {"target": mock.url, "model": "m", "max_tokens": 12},
            "stages": [{"concurrency": 8, "duration": "1s"}, {"rate": 200, "duration": "1s"}],
            "warmup": "100ms", "pause": "3ms", "slo": {"e2e_ms": 1000}, "thresholds": {"p95_ms": 5000},
            "scenarios": [{"name": "a \"b\", c"}, {"name": "streamed", "stream": True, "turns": 2},
                          {"name": "sized", "content": {"approx_input_tokens": {"choices": [[20, 1], [300, 1]]}}}]})
        run = self.ringload("run", "--config", profile, "--html", "off", "--live", "off", "--allow-invalid", *arguments)
        self.assertEqual(0, run.status, str(run))
        return run

    def one(self, run, pattern):
        found = list(pathlib.Path(run.directory).glob(pattern))
        self.assertEqual(1, len(found), (pattern, os.listdir(run.directory)))
        return found[0]

    @unittest.skipUnless(PYTHON, "the hdrhistogram package is missing (tools/test installs it)")
    def test_histograms_are_read_by_the_hdrhistogram_package(self):
        summary = self.load(self.mock()).summary
        checked = 0
        for where, row in every_row(summary):
            for name, buckets in decode(row["histograms"]).items():
                figure = name.removesuffix("_us")
                if not name.endswith("_us"):
                    continue
                told = row[figure + "_ms"]
                with self.subTest(where=where, figure=figure):
                    self.assertEqual(told["n"], sum(count for _, count in buckets))
                    self.assertEqual(0, told["n_censored"])
                    for key, percentile in (("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p999", 99.9)):
                        self.assertEqual(round(told[key] * 1000), at_percentile(buckets, percentile), key)
                    self.assertEqual(round(told["max"] * 1000), buckets[-1][0])
                    checked += 1
        self.assertGreater(checked, 50)

    @unittest.skipUnless(PYTHON, "the hdrhistogram package is missing (tools/test installs it)")
    def test_a_merge_is_exactly_the_union_of_its_runs(self):
        mock = self.mock()
        runs = [self.load(mock, "--seed", seed) for seed in range(1, 5)]
        paths = [os.path.realpath(pathlib.Path(run.directory) / "latest") for run in runs]
        out = os.path.join(self.directory, "merged")
        done = self.ringload("merge", *paths, "--out", out)
        self.assertIn(done.status, (0, 3), str(done))  # 3: of hosts that were too busy to be trusted
        merged = done.summary
        self.assertEqual([run.summary["aggregate"]["requests"] for run in runs],
                         [host["requests"] for host in merged["hosts"]])
        self.assertEqual(4, len({host["name"] for host in merged["hosts"]}))
        rows = {where: row for where, row in every_row(merged)}
        unions = {where: {} for where in rows}
        counts = {where: 0 for where in rows}
        for run in runs:
            for where, row in every_row(run.summary):
                counts[where] += row["requests"]
                for name, buckets in decode(row["histograms"]).items():
                    union = unions[where].setdefault(name, {})
                    for value, count in buckets:
                        union[value] = union.get(value, 0) + count
        for where, row in rows.items():
            self.assertEqual(counts[where], row["requests"])
            for name, buckets in decode(row["histograms"]).items():
                with self.subTest(where=where, figure=name):
                    union = sorted(unions[where].pop(name).items())
                    self.assertEqual(union, [tuple(bucket) for bucket in buckets])
                    if name.endswith("_us"):
                        for key, percentile in (("p50", 50), ("p99", 99), ("p999", 99.9)):
                            self.assertEqual(round(row[name[:-3] + "_ms"][key] * 1000), at_percentile(union, percentile))
            self.assertEqual({}, unions[where])
        # One run over the union: all the lines in one JSONL.
        everything = os.path.join(self.directory, "all.jsonl")
        with open(everything, "wb") as file:
            for run in runs:
                file.write(self.one(run, "results-*.jsonl").read_bytes())
        report = self.ringload("report", everything, "--json")
        self.assertEqual(0, report.status, str(report))
        rebuilt = json.loads(report.out)["aggregate"]
        for name in ("latency_us", "service_us", "ttfb_us", "ttft_us"):
            self.assertEqual(decode({name: rebuilt["histograms"][name]}),
                             decode({name: merged["aggregate"]["histograms"][name]}), name)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (package prometheus)")
    def test_metrics_pass_promtool(self):
        prom = os.path.join(self.directory, "ringload.prom")
        run = self.load(self.mock(), "--prom-file", prom)
        written = self.one(run, "metrics-*.prom").read_text()
        self.assertEqual(written, pathlib.Path(prom).read_text())
        for text in (written, self.ringload("report", run.directory, "--format", "prom").out):
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
            self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))
        self.assertIn("ringload_", written)

    def test_csv_says_what_the_summary_says(self):
        run = self.load(self.mock())
        with open(self.one(run, "report-*.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        expected = []
        for stage in run.summary["stages"]:
            expected += [(str(stage["stage"]), row) for row in stage["scenarios"] + [stage["total"]]]
        by_key = {(row["stage"], row["scenario"]): row for row in rows}
        self.assertEqual(len(rows), len(by_key))
        found = 0
        for stage, row in expected:
            told = by_key.get((stage, row["label"])) or by_key.get((stage, "ALL"))
            self.assertIsNotNone(told, (stage, row["label"], list(by_key)))
            self.assertNotIn(None, told, "a row of more fields than the head")
            for name in ("requests", "ok", "failed", "prompt_tokens", "completion_tokens"):
                self.assertEqual(row[name], int(told[name]), name)
            for figure in ("latency_ms", "ttft_ms", "itl_ms"):
                for part in ("p50", "p99", "mean", "max", "n"):
                    value = told[f"{figure}_{part}"]
                    self.assertEqual(row[figure][part], float(value) if value else None, (figure, part))
            found += 1
        self.assertEqual(8, found)

    def test_json_and_jsonl_are_strict(self):
        run = self.load(self.mock())
        strict((pathlib.Path(run.directory) / "latest").read_text())
        text = self.one(run, "results-*.jsonl").read_text()
        self.assertTrue(text.endswith("\n"))
        lines = [strict(line) for line in text.splitlines()]
        self.assertEqual(len(lines), run.summary["conservation"]["scheduled"])
        keys = [key for key in lines[0] if key not in ("response_id", "trace_id")]
        for line in lines:
            self.assertEqual(keys, [key for key in line if key not in ("response_id", "trace_id")])
            for key, value in line.items():
                if key.endswith("_ms") and value is not None:
                    self.assertGreaterEqual(value, 0, key)
        printed = self.ringload("report", run.directory, "--json").out
        self.assertEqual(strict(printed), run.summary)


if __name__ == "__main__":
    unittest.main()
