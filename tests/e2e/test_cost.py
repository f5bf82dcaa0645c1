"""What a run costs, by prices and told tokens, and where a budget ends it."""
import json
import unittest

import harness
from witness import Witness, reply

PRICE = {"input_per_mtok": 2.5, "cached_input_per_mtok": 0.5, "output_per_mtok": 10}


def body():
    return json.dumps({"id": "w", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"},
                                               "finish_reason": "stop"}],
                       "usage": {"prompt_tokens": 1000, "completion_tokens": 40, "total_tokens": 1040,
                                 "prompt_tokens_details": {"cached_tokens": 300}}})


EACH = (700 * 2.5 + 300 * 0.5 + 40 * 10) / 1e6


class Cost(harness.EndToEnd):
    def run_priced(self, *arguments, expect=0, **more):
        with Witness(lambda request: reply(body(), 40)) as witness:
            profile = self.write("cost.json", {
                "defaults": {"target": witness.url, "model": "priced"}, "prices": {"priced": PRICE},
                "stages": [{"concurrency": 2, "duration": "30s"}], "pause": "5ms",
                "scenarios": [{"name": "a", "content": {"approx_input_tokens": {"choices": [[20, 1], [300, 1]]}}},
                              {"name": "b"}], **more})
            run = self.ringload("run", "--config", profile, "--html", "off", "--live", "off", *arguments)
        self.assertEqual(expect, run.status, str(run))
        return run, len(witness.requests)

    def test_it_is_tokens_times_prices(self):
        run, sent = self.run_priced("--requests", 200, "--duration", "30s")
        summary = run.summary
        self.assertAlmostEqual(200 * EACH, summary["aggregate"]["cost_usd"], places=9)
        rows = summary["stages"][0]["scenarios"]
        for row in rows:
            self.assertAlmostEqual(row["ok"] * EACH, row["cost_usd"], places=9)
        for segment in summary["segments"]:
            self.assertAlmostEqual(segment["stat"]["ok"] * EACH, segment["stat"]["cost_usd"], places=9)
        # Preflight is in no figure, but it has been paid for.
        self.assertAlmostEqual(sent * EACH, summary["cost"]["total_usd"], places=9)
        self.assertAlmostEqual(sent * EACH, summary["cost"]["by_model"]["priced"], places=9)

    def test_a_budget_ends_the_run(self):
        budget = 300 * EACH
        run, sent = self.run_priced(expect=5, budget_usd=budget, budget_alert_pct=10)
        summary = run.summary
        self.assertEqual(("budget", False), (summary["ended_by"], summary["complete"]))
        self.assertGreaterEqual(summary["cost"]["total_usd"], budget)
        self.assertLess(summary["cost"]["total_usd"], 1.5 * budget)
        self.assertAlmostEqual(sent * EACH, summary["cost"]["total_usd"], places=9)
        self.assert_balanced(run)

    def test_a_budget_needs_prices(self):
        run, sent = self.run_priced(expect=2, budget_usd=1, prices={})
        self.assertEqual(0, sent)
        self.assertIn("price", run.err)


if __name__ == "__main__":
    unittest.main()
