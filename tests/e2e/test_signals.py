"""A first signal drains and reports, a second abandons what is in flight and still reports."""
import signal
import time
import unittest

import harness
from witness import Reply, Witness, chat_body, reply


class Signals(harness.EndToEnd):
    def start_load(self, witness, *arguments):
        running = self.start("run", "--target", witness.url, "--model", "m", "--stream", "off", "--html", "off",
                             "--live", "off", "--concurrency", 4, "--duration", "60s", "--no-preflight", *arguments)
        end = time.monotonic() + 10
        while len(witness.requests) < 8 and time.monotonic() < end:
            time.sleep(0.01)
        self.assertGreaterEqual(len(witness.requests), 4, "the load has begun")
        return running

    def slow(self, seconds):
        def behave(_):
            answer = reply(chat_body(), 5)
            answer.pieces = [seconds, *answer.pieces]
            return answer
        return behave

    def check_drained(self, number, status):
        with Witness(self.slow(0.1)) as witness:
            running = self.start_load(witness)
            running.signal(number)
            started = time.monotonic()
            run = running.finish()
            self.assertLess(time.monotonic() - started, 5)
            self.assertEqual(status, run.status, str(run))
            self.assertEqual(len(witness.requests), run.sent)
        self.assertFalse(run.summary["complete"])
        self.assertEqual(0, run.summary["conservation"]["in_flight_at_stop"])
        balance = run.summary["conservation"]
        self.assertEqual(balance["scheduled"], balance["ok"], "drained, not cut")
        self.assert_balanced(run)

    def test_ctrl_c_once_drains(self):
        self.check_drained(signal.SIGINT, 130)

    def test_sigterm_drains(self):
        self.check_drained(signal.SIGTERM, 143)

    def test_sighup_drains(self):
        self.check_drained(signal.SIGHUP, 129)

    def test_drain_ends_after_5_s_and_counts_the_rest_as_cancelled(self):
        def behave(request):
            return reply(chat_body(), 5) if request.index < 20 else Reply([], then="hang")
        with Witness(behave) as witness:
            running = self.start_load(witness)
            time.sleep(0.3)
            running.signal(signal.SIGINT)
            started = time.monotonic()
            run = running.finish()
            took = time.monotonic() - started
        self.assertEqual(130, run.status, str(run))
        self.assertTrue(4 < took < 9, took)
        self.assertEqual(4, run.summary["conservation"]["cancelled"])
        self.assert_balanced(run)

    def test_ctrl_c_twice_abandons_what_is_in_flight_and_still_writes(self):
        def behave(request):
            return reply(chat_body(), 5) if request.index < 20 else Reply([], then="hang")
        with Witness(behave) as witness:
            running = self.start_load(witness)
            time.sleep(0.3)
            running.signal(signal.SIGINT)
            time.sleep(0.5)
            running.signal(signal.SIGINT)
            started = time.monotonic()
            run = running.finish()
            self.assertLess(time.monotonic() - started, 3)
        self.assertEqual(130, run.status, str(run))
        balance = run.summary["conservation"]
        self.assertEqual(4, balance["in_flight_at_stop"])
        self.assertEqual(balance["scheduled"], balance["ok"] + 4)
        self.assertFalse(run.summary["complete"])

    def test_mock_ends_with_0_on_sigterm(self):
        self.assertEqual(0, self.mock().stop())

    def test_a_kill_leaves_records_from_which_a_summary_is_rebuilt(self):
        with Witness(self.slow(0.01)) as witness:
            running = self.start_load(witness)
            time.sleep(1)
            running.signal(signal.SIGKILL)
            killed = running.finish()
            # The last flush interval may be lost, and one torn line.
            self.assertGreater(len(killed.lines), 0.5 * len(witness.requests))
        import pathlib
        records = next(pathlib.Path(killed.directory).glob("results-*.jsonl"))
        rebuilt = self.ringload("report", records, "--json")
        self.assertEqual(0, rebuilt.status, str(rebuilt))
        self.assertEqual(len(killed.lines), rebuilt.printed_summary["aggregate"]["requests"])


if __name__ == "__main__":
    unittest.main()
