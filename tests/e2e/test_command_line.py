"""What the user meets: mistakes told with place and remedy, exit codes, files, disks."""
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import harness
from witness import Witness, chat_body, reply

FEW = ("--stream", "off", "--concurrency", 2, "--requests", 40, "--duration", "20s")


class Mistakes(harness.EndToEnd):
    def test_three_mistakes_of_a_profile_are_all_told_at_once(self):
        profile = self.write("bad.json", """{
  "defaults": { "target": "http://127.0.0.1:1", "model": "m", "max_tokenz": 5 },
  "stages": [ { "concurrency": "many", "duration": "10s" } ],
  "timeout": "soon"
}
""")
        run = self.ringload("run", "--config", profile)
        self.assertEqual(2, run.status, str(run))
        for text in ("bad.json:2", "max_tokenz", "max_tokens", "bad.json:3", "stages[0].concurrency",
                     "bad.json:4", "soon"):
            self.assertIn(text, run.err)

    def test_profile_that_is_not_there(self):
        run = self.ringload("run", "--config", os.path.join(self.directory, "none.json"))
        self.assertEqual(2, run.status)
        self.assertIn("none.json", run.err)

    def test_wrong_flag_values_name_flag_value_and_what_is_allowed(self):
        for flag, value in (("--concurrency", "-3"), ("--rate", "fast"), ("--duration", "10"), ("--stream", "maybe"),
                            ("--protocol", "soap"), ("--stages", "30s:100"), ("--threshold", "speed<=3")):
            with self.subTest(flag=flag):
                run = self.ringload("run", "http://127.0.0.1:1", "--model", "m", flag, value)
                self.assertEqual(2, run.status, str(run))
                self.assertIn(flag, run.err)
                self.assertIn(value, run.err)

    def test_swapped_stage_shows_the_swapped_form(self):
        run = self.ringload("run", "http://127.0.0.1:1", "--model", "m", "--stages", "30s:100")
        self.assertIn("100:30s", run.err)

    def test_unknown_flag_and_no_arguments_exit_2(self):
        self.assertEqual(2, self.ringload("run", "--no-such-flag").status)
        alone = self.ringload()
        self.assertEqual(2, alone.status)
        self.assertIn("Commands", alone.out + alone.err)

    def test_help_and_version_exit_0(self):
        for arguments in (("--help",), ("run", "--help"), ("mock", "--help"), ("--version",), ("-V",)):
            with self.subTest(arguments=arguments):
                run = self.ringload(*arguments)
                self.assertEqual(0, run.status, str(run))
                self.assertTrue(run.out.strip())

    def test_a_value_that_looks_like_a_key_is_never_echoed(self):
        run = self.ringload("run", "http://127.0.0.1:1", "--concurrency", "sk-1234567890abcdefghijklmn")
        self.assertEqual(2, run.status)
        self.assertNotIn("sk-1234567890abcdefghijklmn", run.err + run.out)


class ExitCodes(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        witness = Witness(lambda request: reply(chat_body(), 5))
        self.witness = witness.__enter__()
        self.addCleanup(witness.__exit__)

    def test_0_when_every_threshold_passes(self):
        run = self.run_load(self.witness.url, *FEW, "--threshold", "error_rate<=0", "--threshold", "p95<=60s")
        self.assertTrue(run.summary["pass"])
        self.assertTrue(run.summary["complete"])

    def test_1_when_a_threshold_fails(self):
        run = self.run_load(self.witness.url, *FEW, "--threshold", "p95<=0.001ms", expect=1)
        self.assertFalse(run.summary["pass"])
        self.assertEqual([False], [threshold["pass"] for threshold in run.summary["thresholds"]])

    def test_2_beats_everything(self):
        self.run_load(self.witness.url, *FEW, "--threshold", "p95<=", expect=2)

    def test_3_when_requests_were_shed(self):
        # The witness needs far longer than 1 ms for 2,000 requests/s, and only one may be in flight.
        run = self.run_load(self.witness.url, "--rate", 2000, "--duration", "1s", "--max-in-flight", 1,
                            "--stream", "off", expect=3)
        self.assertEqual("invalid", run.summary["generator_health"]["verdict"])
        self.assertGreater(run.summary["conservation"]["shed"], 0)
        self.assert_balanced(run)

    def test_allow_invalid_overrides_3(self):
        self.run_load(self.witness.url, "--rate", 2000, "--duration", "1s", "--max-in-flight", 1, "--stream", "off",
                      "--allow-invalid")

    def test_5_when_the_budget_is_spent(self):
        profile = self.write("p.json", {
            "defaults": {"target": self.witness.url, "model": "m"}, "budget_usd": 0.001,
            "prices": {"m": {"input_per_mtok": 1, "output_per_mtok": 10}}})
        # Spending is looked at every few ms: far more requests than a slow server answers in that time.
        run = self.ringload("run", "--config", profile, "--concurrency", 2, "--requests", 5000, "--duration", "60s",
                            "--html", "off", "--live", "off")
        self.assertEqual(5, run.status, str(run))
        self.assertFalse(run.summary["complete"])
        self.assertLess(len(self.witness.requests), 4000)


class Files(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.fixed_server()

    def test_a_run_writes_its_files_and_a_link_to_the_newest(self):
        run = self.ringload("run", self.server.url, "--model", "m", *FEW)
        self.assertEqual(0, run.status, str(run))
        out = pathlib.Path(run.directory)
        kinds = sorted(path.name.split("-")[0] + path.suffix for path in out.iterdir() if not path.is_symlink())
        self.assertEqual(["metrics.prom", "report.csv", "report.html", "report.txt", "results.jsonl", "summary.json"],
                         kinds)
        self.assertTrue((out / "latest").is_symlink())
        self.assertIn("summary-", run.out)

    def test_out_none_writes_nothing(self):
        run = self.ringload("run", self.server.url, "--model", "m", *FEW, "--out", "none")
        self.assertEqual(0, run.status, str(run))
        self.assertFalse(os.path.exists("none"))

    def test_json_prints_the_summary_alone(self):
        run = self.ringload("run", self.server.url, "--model", "m", *FEW, "--json")
        self.assertEqual(0, run.status, str(run))
        self.assertEqual(40, run.printed_summary["conservation"]["scheduled"])
        self.assertEqual(run.summary, run.printed_summary)

    def test_report_is_at_most_100_columns_and_plain(self):
        run = self.ringload("run", self.server.url, "--model", "m", *FEW)
        # Names of files are as long as they are.
        text = run.out.replace(run.directory, "runs")
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 100, text)
        self.assertNotIn("\x1b", run.out)

    def test_unwritable_output_exits_2_before_anything_is_sent(self):
        blocker = self.write("file", "not a directory")
        run = self.ringload("run", self.server.url, "--model", "m", *FEW, "--out", os.path.join(blocker, "sub"))
        self.assertEqual(2, run.status, str(run))
        self.assertIn("file", run.err)
        self.assertEqual(0, self.server.counts()["requests"])

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a file system of 1 MB")
    def test_a_disk_that_fills_stops_the_records_not_the_run(self):
        disk = os.path.join(self.directory, "disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True,
                                 text=True)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        run = self.ringload("run", self.server.url, "--model", "m", "--stream", "off", "--concurrency", 8, "--requests",
                            20000, "--duration", "30s", "--html", "off", "--json", "--out", os.path.join(disk, "runs"))
        self.assertIn(run.status, (0, 2), str(run))
        self.assertIn("No space left", run.err)
        self.assertEqual(20000, run.printed_summary["conservation"]["ok"], "the run itself goes on")
        self.assertGreater(run.printed_summary["generator_health"]["jsonl"]["dropped"], 0)
        self.assertEqual("suspect", run.printed_summary["generator_health"]["verdict"])

    def test_report_renders_again_from_the_summary(self):
        run = self.ringload("run", self.server.url, "--model", "m", *FEW)
        again = self.ringload("report", run.directory)
        self.assertEqual(0, again.status, str(again))
        self.assertIn("40", again.out)
        for form in ("html", "md", "csv", "prom", "junit", "hgrm", "loadtest"):
            with self.subTest(format=form):
                rendered = self.ringload("report", run.directory, "--format", form)
                self.assertEqual(0, rendered.status, str(rendered))
                self.assertTrue(rendered.out.strip())

    def test_compare_of_a_run_with_itself_finds_nothing(self):
        run = self.ringload("run", self.server.url, "--model", "m", *FEW)
        self.assertEqual(0, self.ringload("compare", run.directory, run.directory).status)

    def test_merge_adds_requests_up(self):
        runs = [self.ringload("run", self.server.url, "--model", "m", *FEW) for _ in range(2)]
        merged = os.path.join(self.directory, "merged")
        done = self.ringload("merge", runs[0].directory, runs[1].directory, "--out", merged)
        self.assertEqual(0, done.status, str(done))
        summary = json.loads((pathlib.Path(merged) / "latest").read_text())
        self.assertEqual(80, summary["conservation"]["scheduled"])


class Check(harness.EndToEnd):
    def test_check_sends_nothing(self):
        with Witness(lambda request: reply(chat_body(), 5)) as witness:
            run = self.ringload("check", "--target", witness.url, "--model", "m", "--concurrency", 5,
                                "--duration", "5s")
            self.assertEqual(0, run.status, str(run))
            self.assertEqual(0, len(witness.requests))
            self.assertEqual(0, witness.connections)

    def test_check_send_sends_one_and_hides_the_key(self):
        with Witness(lambda request: reply(chat_body(), 5)) as witness:
            run = self.ringload("check", "--target", witness.url, "--model", "m", "--send",
                                "--stream", "off", "--vk", "sk-secret-key-123456")
            self.assertEqual(0, run.status, str(run))
            self.assertEqual(1, len(witness.requests))
        self.assertNotIn("sk-secret-key-123456", run.out + run.err)
        self.assertIn("hello world", run.out)

    def test_shipped_profiles_are_valid(self):
        profiles = sorted((harness.ROOT / "profiles").glob("*.json"))
        self.assertTrue(profiles)
        for profile in profiles:
            with self.subTest(profile=profile.stem):
                run = self.ringload("check", "--config", profile, "--vk", "test-key")
                self.assertEqual(0, run.status, str(run))

    def test_completion_for_each_shell(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell=shell):
                run = self.ringload("completion", shell)
                self.assertEqual(0, run.status, str(run))
                self.assertIn("--concurrency", run.out if shell != "fish" else run.out.replace("-l ", "--"))
        if shutil.which("bash"):
            script = self.ringload("completion", "bash").out
            self.assertEqual(0, subprocess.run(["bash", "-n"], input=script, text=True).returncode)


if __name__ == "__main__":
    unittest.main()
