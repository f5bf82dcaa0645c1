"""`ringload knee` against mocks whose knee is known by theory, on loopback."""
import glob
import json
import multiprocessing
import unittest

import harness


class Searching(harness.EndToEnd):
    def search(self, url, *arguments, timeout=200):
        return self.ringload("knee", url, "--stream", "off", "--max-tokens", 1, "--json", *arguments, timeout=timeout)


class Knee(Searching):
    def test_one_real_search_finds_the_knee_of_one_server(self):
        # One server, 1,000/s, exponential: 1 % wait for more than 50 ms at 908/s.
        mock = self.mock("--slots", "1", "--service", "exp(1ms)")
        run = self.search(mock.url, "--slo", "p99<=50ms", "--start", 200, "--time-limit", "150s")
        self.assertIn(run.status, (0, 3, 4), str(run))
        knee = json.loads(run.out)
        spoiled = [step for step in knee["steps"] if step["disturbed"] or step["own_limit"]]
        if len(spoiled) * 3 > len(knee["steps"]) or not knee["complete"]:
            self.skipTest(f"others use this host: {len(spoiled)} of {len(knee['steps'])} blocks were disturbed, "
                          f"knee {knee['knee_rps']}, complete {knee['complete']}")
        self.assertEqual(0, run.status, str(run))
        self.assertLess(abs(knee["knee_rps"] / 908 - 1), 0.10, str(run))
        self.assertLess(knee["interval"][0], knee["knee_rps"])
        self.assertGreater(knee["interval"][1], knee["knee_rps"])
        self.assertIn(knee["limited_by"], ("slo", "target"))

    def test_a_short_search_says_what_it_lacks_and_can_be_resumed(self):
        mock = self.mock("--rps", "100", "--burst", "10")
        arguments = ("--slo", "error_rate<=5%", "--start", 20, "--arrival", "constant")
        run = self.search(mock.url, *arguments, "--time-limit", "12s")
        self.assertIn(run.status, (0, 3, 4), str(run))
        first = json.loads(run.out)
        self.assertFalse(first["complete"])
        self.assertEqual("constant", first["arrival"])
        (path,) = glob.glob(f"{run.directory}/knee-*.json")
        with open(path) as file:
            self.assertEqual(first, json.load(file))
        again = self.search(mock.url, *arguments, "--time-limit", "12s", "--resume", path)
        second = json.loads(again.out)
        self.assertGreater(len(second["steps"]), len(first["steps"]), str(again))
        self.assertEqual(first["steps"], second["steps"][:len(first["steps"])])
        other = self.search(mock.url, "--slo", "error_rate<=6%", *arguments[2:], "--resume", path)
        self.assertEqual(2, other.status, str(other))
        self.assertIn("another SLO", other.err)

    def test_even_the_lowest_rate_fails(self):
        mock = self.mock("--fault", "500=50%")
        run = self.search(mock.url, "--slo", "error_rate<=5%", "--start", 40, "--min-rate", 40, "--no-preflight",
                          "--time-limit", "30s")
        knee = json.loads(run.out)
        if knee["steps"] and all(step["disturbed"] or step["own_limit"] for step in knee["steps"]):
            self.skipTest("others use this host: every block was disturbed")
        self.assertEqual(1, run.status, str(run))
        self.assertIsNone(knee["knee_rps"])
        self.assertTrue(knee["lowest_rate_fails"])

    def test_refusals(self):
        for arguments, text in ((("http://192.0.2.1",), "--max-rate"),
                                (("http://127.0.0.1:1", "--slo", "rps>=5"), "rps"),
                                (("http://127.0.0.1:1", "--slo", "error_rate<=0"), "tolerates"),
                                (("http://127.0.0.1:1", "--arrival", "gamma"), "--arrival"),
                                (("http://127.0.0.1:1", "--start", "0"), "--start"),
                                (("http://127.0.0.1:1", "--resume", "/none"), "--resume")):
            with self.subTest(arguments=arguments):
                run = self.search(*arguments)
                self.assertEqual(2, run.status, str(run))
                self.assertIn(text, run.err)


def spin(end):
    while not end.is_set():
        pass


@unittest.skipUnless(harness.LONG, "takes two hours and more: run with --long")
class RealSearches(Searching):
    """Ten seeds for each server whose knee theory tells, nine of which must be within 5 %."""

    def nine_of_ten(self, truth, mock_options, *arguments):
        found = []
        for seed in range(1, 11):
            mock = self.mock(*mock_options, "--seed", seed)
            run = self.search(mock.url, "--start", 100, "--seed", seed, *arguments)
            mock.stop()
            knee = json.loads(run.out) if run.out else {"knee_rps": None, "complete": False}
            found.append((run.status, knee["knee_rps"], knee["complete"]))
            print(f"seed {seed}: exit {run.status}, {knee['knee_rps']} where {truth} is true", flush=True)
        good = [rate for status, rate, _ in found if status == 0 and rate and abs(rate / truth - 1) <= 0.05]
        self.assertGreaterEqual(len(good), 9, found)

    def test_one_exponential_server(self):
        self.nine_of_ten(908, ("--slots", 1, "--service", "exp(1ms)"), "--slo", "p99<=50ms")

    def test_one_exponential_server_beside_a_hog(self):
        # On the CPU that no shard has: it takes the mock's time and now and then, where the kernel moves it, a shard's.
        end = multiprocessing.Event()
        hog = multiprocessing.Process(target=spin, args=(end,))
        hog.start()
        self.addCleanup(hog.join)
        self.addCleanup(end.set)
        self.nine_of_ten(908, ("--slots", 1, "--service", "exp(1ms)"), "--slo", "p99<=50ms", "--time-limit", "170s")

    def test_four_slots_constant(self):
        self.nine_of_ten(400, ("--slots", 4, "--service", "10ms"), "--slo", "p99<=50ms", "--arrival", "constant")

    def test_four_slots_poisson(self):
        self.nine_of_ten(347, ("--slots", 4, "--service", "10ms"), "--slo", "p99<=50ms")

    def test_token_bucket_of_500(self):
        self.nine_of_ten(502, ("--rps", 500, "--burst", 500), "--slo", "error_rate<=0.5%")

    def test_token_bucket_of_50(self):
        self.nine_of_ten(493, ("--rps", 500, "--burst", 50), "--slo", "error_rate<=0.5%")


if __name__ == "__main__":
    unittest.main()
