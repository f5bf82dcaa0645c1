"""`retry`: failed requests are tried again as the profile says, each try in the JSONL, each request once in the figures."""
import collections
import itertools
import json
import pathlib
import signal
import threading
import time
import unittest

import harness
from witness import Witness, chat_body, reply


def with_fields(answer, **fields):
    head, body = answer.pieces[0].split(b"\r\n\r\n", 1)
    for name, value in fields.items():
        head += f"\r\n{name.replace('_', '-')}: {value}".encode()
    answer.pieces = [head + b"\r\n\r\n" + body]
    return answer


def refusal(status, **fields):
    return with_fields(reply('{"error": {"message": "no"}}', status=status), **fields)


class Retries(harness.EndToEnd):
    def run_with(self, behave, retry, *arguments, stage=None, expect=0, **scenario):
        """behave(how many tries of this turn there were before, request)."""
        tries, lock = collections.Counter(), threading.Lock()

        def answer(request):
            with lock:
                key = (request.headers["x-request-id"], len(request.body["messages"]))
                tries[key] += 1
                return behave(tries[key] - 1, request)
        with Witness(answer) as witness:
            profile = self.write("retry.json", {
                "defaults": {"target": witness.url, "model": "m"}, "retry": retry,
                "stages": [stage or {"concurrency": 4, "duration": "30s"}],
                "scenarios": [{"name": "one", **scenario}]})
            run = self.ringload("run", "--config", profile, "--html", "off", "--live", "off", "--no-preflight",
                                "--allow-invalid", *arguments)
        self.assertEqual(expect, run.status, str(run))
        balance = run.summary["conservation"]
        self.assertEqual(balance["scheduled"], balance["ok"] + balance["failed"] + balance["cancelled"] +
                         balance["shed"] + balance["in_flight_at_stop"], balance)
        self.assertEqual(len(witness.requests), run.sent)
        self.assertEqual(len(witness.requests), len(run.lines), "each try is in the JSONL")
        self.assertEqual(balance["scheduled"], sum(not line.get("retried") for line in run.lines))
        self.assertEqual(balance["resent"], sum(line.get("retried", False) for line in run.lines))
        return run, tries

    def test_the_second_try_succeeds(self):
        def behave(before, request):
            return refusal("429 Too Many Requests", retry_after=0) if before == 0 else reply(chat_body(tokens=3), 3)
        run, tries = self.run_with(behave, {"max": 2, "on": ["rate_limited"]}, "--requests", 100, "--duration", "30s",
                                   turns=2)
        balance = run.summary["conservation"]
        self.assertEqual((100, 100, 100), (balance["scheduled"], balance["ok"], balance["resent"]))
        self.assertEqual({2}, set(tries.values()))
        self.assertEqual({}, run.summary["aggregate"]["errors"])
        self.assertEqual(300, run.summary["aggregate"]["completion_tokens"])
        for line in run.lines:
            self.assertEqual(line.get("retried", False), line["err"] is not None)
        report = self.ringload("report", next(pathlib.Path(run.directory).glob("results-*.jsonl")), "--json")
        self.assertEqual(100, json.loads(report.out)["conservation"]["ok"])

    def test_it_waits_for_retry_after_or_one_second_and_latency_counts_it(self):
        two_seconds = [{"retry_after": 2}, {"retry_after": 9, "retry_after_ms": 2000},
                       {"Date": "Sun, 06 Nov 1994 08:49:37 GMT", "retry_after": "Sun, 06 Nov 1994 08:49:39 GMT"}]

        def behave(before, request):
            if before == 0:
                with lock:
                    return refusal("503 Busy", **next(advice))
            return reply(chat_body(tokens=3), 3)
        advice, lock = itertools.cycle([{}, *two_seconds]), threading.Lock()
        run, _ = self.run_with(behave, {"max": 1, "on": ["http_5xx", "overloaded"]},
                               stage={"rate": 20, "duration": "2s", "arrival": "constant"})
        self.assertEqual(run.summary["conservation"]["scheduled"], run.summary["conservation"]["ok"])
        waits = collections.Counter()
        for line in run.lines:
            if line.get("retried"):
                continue
            whole, last = line["latency_ms"], line["service_ms"]
            waited = round((whole - last) / 1000)
            self.assertLess(abs(whole - last - 1000 * waited), 300)
            waits[waited] += 1
        self.assertEqual({1: 10, 2: 30}, waits)
        told = run.summary["aggregate"]["rate_limits"]["retry_after_ms"]
        self.assertEqual({"n": 30, "min": 2000, "max": 2000}, told)
        lag = run.summary["stages"][0]["lag_us"] if "lag_us" in run.summary["stages"][0] else None
        if lag:
            self.assertLess(lag["p99"], 500_000, "waiting to try again is no lateness of the generator")

    def test_what_answers_say_of_limits_is_reported(self):
        def answer(request):
            left = 40 - request.index
            if request.path.endswith("messages"):
                body = '{"content": [{"type": "text", "text": "yes"}], "usage": {"input_tokens": 7, "output_tokens": 1}}'
                return with_fields(reply(body, 1), date="Sun, 06 Nov 1994 08:49:37 GMT",
                                   anthropic_ratelimit_requests_limit=50,
                                   anthropic_ratelimit_requests_remaining=left,
                                   anthropic_ratelimit_requests_reset="1994-11-06T08:50:07Z",
                                   anthropic_ratelimit_output_tokens_remaining=1000 * left)
            return with_fields(reply(chat_body(tokens=3), 3), x_ratelimit_limit_tokens=30_000,
                               x_ratelimit_remaining_tokens=100 * left, x_ratelimit_reset_tokens="1m2s")
        with Witness(answer) as witness:
            profile = self.write("limits.json", {
                "defaults": {"target": witness.url, "model": "m"}, "stages": [{"concurrency": 2, "duration": "30s"}],
                "scenarios": [{"name": "chat"}, {"name": "claude", "protocol": "anthropic"}]})
            run = self.ringload("run", "--config", profile, "--html", "off", "--live", "off", "--no-preflight",
                                "--requests", 40, "--allow-invalid")
        self.assertEqual(0, run.status, str(run))
        rows = {row["label"]: row["rate_limits"] for row in run.summary["stages"][0]["scenarios"]}
        indexes = {path: [request.index for request in witness.requests if request.path.endswith(path)]
                   for path in ("messages", "completions")}
        left = {path: 40 - max(of) for path, of in indexes.items()}
        self.assertEqual({"tokens": {"limit": 30_000, "remaining": 100 * left["completions"], "reset_ms": 62_000}},
                         rows["chat"])
        self.assertEqual({"requests": {"limit": 50, "remaining": left["messages"], "reset_ms": 30_000},
                          "output_tokens": {"limit": None, "remaining": 1000 * left["messages"], "reset_ms": None}},
                         rows["claude"])
        self.assertEqual({**rows["chat"], **rows["claude"]}, run.summary["aggregate"]["rate_limits"])
        text_report = next(pathlib.Path(run.directory).glob("report-*.txt")).read_text()
        for text in (run.out, text_report):
            self.assertIn(f"requests {left['messages']} of 50 left at the lowest, whole again in 30s", text)
        again = self.ringload("report", run.directory, "--json")
        self.assertEqual(run.summary["aggregate"]["rate_limits"], json.loads(again.out)["aggregate"]["rate_limits"])

    def test_after_max_tries_it_fails(self):
        run, tries = self.run_with(lambda before, request: refusal("500 Oops", retry_after=0),
                                   {"max": 3, "on": ["http_5xx"]}, "--requests", 20, "--duration", "30s", expect=4)
        self.assertEqual({4}, set(tries.values()))
        balance = run.summary["conservation"]
        self.assertEqual((20, 20, 60), (balance["scheduled"], balance["failed"], balance["resent"]))

    def test_other_classes_are_not_tried_again(self):
        run, tries = self.run_with(lambda before, request: refusal("404 Not Found"), {"max": 3, "on": ["http_5xx"]},
                                   "--requests", 20, "--duration", "30s", expect=4)
        self.assertEqual({1}, set(tries.values()))

    def test_a_signal_ends_what_waits_to_be_tried_again(self):
        def behave(request):
            return refusal("503 Busy", retry_after=20) if request.index % 2 else reply(chat_body(tokens=3), 3)
        for stage in ({"concurrency": 4, "duration": "60s"}, {"rate": 50, "duration": "60s"}):
            with self.subTest(stage=stage), Witness(behave) as witness:
                profile = self.write("stop.json", {
                    "defaults": {"target": witness.url, "model": "m"},
                    "retry": {"max": 1, "on": ["overloaded"]}, "stages": [stage]})
                running = self.start("run", "--config", profile, "--html", "off", "--live", "off", "--no-preflight")
                time.sleep(2)
                running.signal(signal.SIGINT)
                run = running.finish(20)
            self.assertEqual(130, run.status, str(run))
            balance = run.summary["conservation"]
            self.assertEqual(balance["scheduled"], balance["ok"] + balance["failed"] + balance["cancelled"], balance)
            self.assertGreater(balance["cancelled"], 0)
            self.assertEqual(0, balance["abandoned"])


if __name__ == "__main__":
    unittest.main()
