"""The command line's fine print: spellings, precedence, where requests go, secrets, terminals, early ends."""
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import statistics
import subprocess
import time
import unittest

import harness
from witness import Reply, Witness, chat_body, reply

FEW = ("--stream", "off", "--concurrency", 2, "--requests", 20)
KEY = "sk-test-0123456789abcdefghij"


def good(_):
    return reply(chat_body(), 5)


class Case(harness.EndToEnd):
    """A witness that answers well, unless `behave` is replaced."""

    def setUp(self):
        super().setUp()
        self.behave = good
        self.witness = Witness(lambda request: self.behave(request)).__enter__()
        self.addCleanup(self.witness.__exit__)

    def few(self, *arguments, **named):
        return self.run_load(self.witness.url, *FEW, *arguments, **named)

    def plain(self, *arguments, cwd=None, env=None, timeout=60):
        """ringload with exactly these arguments."""
        process = subprocess.run([str(harness.RINGLOAD), *map(str, arguments)], capture_output=True, text=True,
                                 timeout=timeout,
                                 cwd=cwd or self.directory, env=harness.clean_environment(env),
                                 stdin=subprocess.DEVNULL)
        return harness.Finished(process.returncode, process.stdout, process.stderr,
                                pathlib.Path(cwd or self.directory) / "runs")

    def files(self, directory):
        return sorted(path.name for path in pathlib.Path(directory).iterdir())

    def wait_for(self, condition, seconds=10):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "waited for nothing")
            time.sleep(0.01)


class Spelling(Case):
    def test_run_is_left_out_before_a_flag_or_a_url(self):
        for arguments in ((self.witness.url, "--model", "m"), ("--model", "m", self.witness.url),
                          ("-target", self.witness.url, "-m", "m")):
            with self.subTest(arguments=arguments):
                run = self.plain(*arguments, "--stream", "off", "-n", 4, "-c", 2, "--html", "off")
                self.assertEqual(0, run.status, str(run))
                self.assertEqual(4, run.summary["conservation"]["scheduled"])

    def test_a_command_line_of_the_go_tool_works_unchanged(self):
        profile = self.write("p.json", {"defaults": {"target": "http://127.0.0.1:1", "model": "a", "max_tokens": 8},
                                        "stages": [{"concurrency": 1, "duration": "30s"}]})
        run = self.plain("-config", profile, "-target=" + self.witness.url, "-vk", KEY, "-model", "b",
                         "-stages=2:300ms,1:200ms",
                         "-out", os.path.join(self.directory, "there"), "-header", "X-A: 1", "-header=X-B: 2")
        self.assertEqual(0, run.status, str(run))
        request = self.witness.requests[-1]
        self.assertEqual("Bearer " + KEY, request.headers["authorization"])
        self.assertEqual(("1", "2", "b"), (request.headers["x-a"], request.headers["x-b"], request.body["model"]))
        there = os.path.join(self.directory, "there")
        summary = json.loads((pathlib.Path(there) / "latest").read_text())
        self.assertEqual([2, 1], [stage["concurrency"] for stage in summary["stages"]])
        for arguments in (("-compare", f"{there},{there}"), (f"-compare={there},{there}", "-regress-pct", "5")):
            compared = self.plain(*arguments)
            self.assertEqual(0, compared.status, str(compared))
            self.assertIn("compare", compared.out)
        self.assertEqual(0, self.plain("-version").status)

    def test_alone_it_prints_help_and_exits_2(self):
        run = self.plain()
        self.assertEqual(2, run.status)
        self.assertIn("Commands", run.out)
        self.assertEqual("", run.err)

    def test_help_fits_100_columns(self):
        for command in ("run", "mock", "compare", "merge", "report", "check", "completion"):
            text = self.plain(command, "--help")
            self.assertEqual(0, text.status)
            self.assertLessEqual(max(map(len, text.out.splitlines())), 100, command)

    def test_unknown_flags_name_the_nearest_and_values_what_is_allowed(self):
        run = self.plain("run", "--concurency", 5)
        self.assertEqual(2, run.status)
        self.assertIn("--concurrency", run.err)
        for flag, value in (("--seed", "x"), ("--shards", "0"), ("--cpu-list", "3-1"), ("--jsonl", "sample:2"),
                            ("--live", "no"),
                            ("--progress", "1ms"), ("--auth", "digest"), ("--arrival", "uniform"), ("--label", "=x"),
                            ("--start-at", "noon"), ("--rank", "3/2"), ("--abort-on", "itl>3"), ("--html", "maybe"),
                            ("--prom-file", "/none/x"), ("--source-ip", "localhost"), ("--timeout", "5"),
                            ("--warmup", "-1s"),
                            ("--max-in-flight", "0"), ("--input-tokens", "none"), ("--extra-body", "[1]"),
                            ("--cacert", "/none/ca"), ("--cert", "/none/c"), ("--resolve", "h:1")):
            with self.subTest(flag=flag):
                run = self.plain("run", self.witness.url, "--model", "m", flag, value)
                self.assertEqual(2, run.status, str(run))
                self.assertIn(flag, run.err)
                self.assertIn(value.strip("[]"), run.err)
                self.assertNotIn("runs", self.files(self.directory), "nothing was made")
        self.assertEqual([], self.witness.requests)

    def test_a_key_in_the_wrong_place_is_echoed_nowhere(self):
        for flag in ("--seed", "--concurrency", "--rate", "--duration", "--stages", "--threshold", "--stream",
                     "--protocol", "--auth",
                     "--jsonl", "--label", "--cpu-list", "--source-ip", "--vk-env", "--vk-file", "--target",
                     "--extra-body",
                     "--start-at", "--rank", "--abort-on", "--live", "--warmup", "--header", "--arrival",
                     "--config", "--compare",
                     "--max-tokens", "--cacert", "--cert", "--resolve"):
            with self.subTest(flag=flag):
                run = self.plain("run", "--model", "m", flag, KEY, *(() if flag == "--target" else (self.witness.url,)))
                self.assertEqual(2, run.status, str(run))
                self.assertNotIn(KEY[8:], run.err + run.out)
        run = self.plain("run", self.witness.url, KEY)
        self.assertEqual(2, run.status)
        self.assertNotIn(KEY[8:], run.err)

    def test_what_is_not_utf8_is_a_mistake(self):
        for flag in ("--model", "--prompt"):
            process = subprocess.run([str(harness.RINGLOAD).encode(), b"run", self.witness.url.encode(), b"--model",
                                      b"m",
                                      flag.encode(), b"a\xff\xfeb"], capture_output=True, cwd=self.directory,
                                      timeout=20)
            self.assertEqual(2, process.returncode, process.stderr)
            self.assertIn(flag.encode(), process.stderr)
        run = self.plain("run", self.witness.url, "--model", "m", "--header", "A: b\r\nEvil: 1")
        self.assertEqual(2, run.status)


class Precedence(Case):
    def model(self, *arguments, env=None):
        run = self.plain("run", self.witness.url, *FEW, "--out", "none", *arguments, env=env)
        self.assertEqual(0, run.status, str(run))
        return self.witness.requests[-1].body["model"]

    def test_flag_then_environment_then_defaults(self):
        profile = self.write("p.json", {"defaults": {"target": "http://127.0.0.1:1", "model": "from-defaults"}})
        self.assertEqual("from-defaults", self.model("--config", profile))
        env = {"RINGLOAD_MODEL": "from-env"}
        self.assertEqual("from-env", self.model("--config", profile, env=env))
        self.assertEqual("from-flag", self.model("--config", profile, "--model", "from-flag", env=env))
        own = self.write("q.json", {"defaults": {"target": "http://127.0.0.1:1", "model": "from-defaults"},
                                    "scenarios": [{"name": "a", "model": "own"}]})
        self.assertEqual(2, self.plain("run", "--config", own, "--model", "from-flag").status,
                         "it would change nothing")
        self.assertEqual("own", self.model("--config", own))

    def test_a_mistake_in_the_environment_is_one_too(self):
        run = self.plain("run", self.witness.url, "--model", "m", env={"RINGLOAD_CONCURRENCY": "many"})
        self.assertEqual(2, run.status)
        self.assertIn("--concurrency (RINGLOAD_CONCURRENCY): found \"many\"", run.err)

    def test_openai_api_key_is_sent_only_when_named(self):
        env = {"OPENAI_API_KEY": KEY}
        self.model("--model", "m", env=env)
        self.assertNotIn("authorization", self.witness.requests[-1].headers)
        self.model("--model", "m", "--vk-env", "OPENAI_API_KEY", env=env)
        self.assertEqual("Bearer " + KEY, self.witness.requests[-1].headers["authorization"])

    def test_a_proxy_is_not_used_and_a_note_says_so(self):
        run = self.few(env={"http_proxy": "http://127.0.0.1:1"})
        self.assertIn("http_proxy", run.err)
        self.assertEqual(20, run.summary["conservation"]["ok"])


class Targets(Case):
    def path(self, target, *arguments):
        run = self.plain("run", "--target", target, "--model", "m", *FEW, "--out", "none", *arguments)
        self.assertEqual(0, run.status, str(run))
        return self.witness.requests[-1].path

    def test_a_base_gets_the_protocols_path_and_anything_else_is_sent_as_given(self):
        url = self.witness.url
        for target, path in ((url, "/v1/chat/completions"), (url + "/", "/v1/chat/completions"),
                             (url + "/v1", "/v1/chat/completions"),
                             (url + "/openai/v1", "/openai/v1/chat/completions"), (url + "/my/path", "/my/path"),
                             (url + "/my/path?a=b&c", "/my/path?a=b&c"), (url + "/v1?x=1", "/v1?x=1")):
            with self.subTest(target=target):
                self.assertEqual(path, self.path(target))

    def test_a_base_moves_every_scenario_and_keeps_their_paths(self):
        profile = self.write("p.json", {
            "defaults": {"target": "http://127.0.0.1:1/v1/chat/completions", "model": "m", "max_tokens": 4},
            "scenarios": [{"name": "a"}, {"name": "b", "target": "http://127.0.0.2:2/other/path"}]})
        run = self.plain("run", "--config", profile, "--target", self.witness.url, *FEW, "--out", "none")
        self.assertEqual(0, run.status, str(run))
        self.assertEqual({"/v1/chat/completions", "/other/path"}, {request.path for request in self.witness.requests})

    def test_an_override_that_changes_nothing_is_a_mistake(self):
        profile = self.write("p.json", {
            "defaults": {"target": "http://127.0.0.1:1/v1/chat/completions", "model": "m"},
            "scenarios": [{"name": "a", "target": "http://127.0.0.1:2/own"}]})
        run = self.plain("run", "--config", profile, "--target", self.witness.url + "/full/path", *FEW)
        self.assertEqual(2, run.status, str(run))
        self.assertIn("--target", run.err)

    def test_odd_urls_are_refused(self):
        for target in ("127.0.0.1:80", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://user:pw@h",
                       "http://h/a b", "http://[::1"):
            with self.subTest(target=target):
                run = self.plain("run", "--target", target, "--model", "m")
                self.assertEqual(2, run.status, str(run))
                self.assertIn("--target", run.err)
                self.assertNotIn("pw", run.err)


class Secrets(Case):
    def test_the_process_list_shows_no_key_and_no_core_is_dumped(self):
        self.behave = lambda _: Reply([0.05, *reply(chat_body(), 5).pieces], 5)
        running = self.start("run", self.witness.url, "--model", "m", "--stream", "off", "--vk", KEY, "--header",
                             "X-Secret: hush-hush",
                             "--duration", "30s")
        self.wait_for(lambda: len(self.witness.requests) > 3)
        proc = pathlib.Path(f"/proc/{running.process.pid}")
        shown = (proc / "cmdline").read_bytes()
        self.assertNotIn(KEY.encode(), shown)
        self.assertNotIn(b"hush", shown)
        self.assertIn(b"--duration", shown)
        self.assertRegex((proc / "limits").read_text(), r"Max core file size +0 +0 ")
        running.signal(signal.SIGINT)
        running.finish()

    def test_no_file_and_no_stream_holds_a_key_even_when_the_server_repeats_it(self):
        def behave(request):
            told = "Incorrect API key provided: " + request.headers.get("authorization", "")
            told = json.dumps({"error": {"message": told}})
            return reply(told, status="401 Unauthorized") if request.index % 2 else good(request)
        self.behave = behave
        profile = self.write("p.json", {"defaults": {"target": self.witness.url, "model": "m"},
                                        "capture_error_body": 600})
        run = self.plain("run", "--config", profile, *FEW, "--vk", KEY, "--header", "X-Api-Key: hush-hush-hush")
        everything = run.out + run.err
        for path in pathlib.Path(run.directory).glob("*-*"):
            everything += path.read_text(errors="replace")
        self.assertGreater(len(everything), 10_000)
        self.assertFalse(KEY in everything)
        self.assertFalse("hush-hush" in everything)
        failed = self.plain("run", "--config", profile, *FEW, "--vk", KEY)  # the preflight's index may be odd or even
        self.assertNotIn(KEY, failed.out + failed.err)

    def test_check_shows_where_a_key_stands_but_not_the_key(self):
        for arguments in ((), ("--json",), ("--print-profile",), ("--send", "--stream", "off")):
            run = self.plain("check", self.witness.url, "--model", "m", "--vk", KEY, "--header",
                             "X-Token: hush-hush", *arguments)
            self.assertEqual(0, run.status, str(run))
            self.assertNotIn(KEY, run.out + run.err)
            self.assertNotIn("hush", run.out + run.err)
            self.assertIn("redacted", run.out)

    def test_keys_of_query_strings_and_bodies_are_sent_and_shown_nowhere(self):
        hidden = ("query-hush-hush", "body-hush-hush")
        target = self.witness.url + "/path?api-version=1&key=" + hidden[0]
        more = ("--model", "m", "--extra-body", json.dumps({"api_key": hidden[1]}))

        def refuse(request):
            return reply(json.dumps({"error": request.path + " " + request.raw_body.decode()}), status="401 No")

        runs = [self.plain("run", target, *more, *FEW),
                self.plain("check", target, *more, "--stream", "off", "--send", "--json"),
                self.plain("check", target, *more, "--print-profile"),
                self.plain("check", target.replace("http:", "ftp:"), *more)]
        self.behave = refuse
        runs.append(self.plain("run", target, *more, *FEW))
        self.assertEqual([0, 0, 0, 2, 4], [run.status for run in runs], "".join(map(str, runs)))
        self.assertTrue(self.witness.requests[-1].path.endswith(hidden[0]))
        self.assertEqual(hidden[1], self.witness.requests[-1].body["api_key"])
        everything = "".join(run.out + run.err for run in runs)
        for path in pathlib.Path(runs[0].directory).glob("*-*"):
            everything += path.read_text(errors="replace")
        self.assertIn("key=<redacted>", everything)
        for key in hidden:
            self.assertFalse(key in everything)

    def test_a_printed_profile_is_the_same_load_when_the_key_comes_from_outside(self):
        printed = self.plain("check", self.witness.url, "--model", "m", "--vk-env", "A_KEY", "--arrival", "constant",
                             "--rate", 200, "-d", "100ms", "--print-profile", env={"A_KEY": KEY})
        self.plain("run", "--config", self.write("p.json", printed.out), "--out", "none", env={"A_KEY": KEY})
        self.assertEqual("Bearer " + KEY, self.witness.requests[-1].headers["authorization"])
        printed = self.plain("check", self.witness.url, "--model", "m", "--vk", KEY, "--print-profile")
        refused = self.plain("run", "--config", self.write("q.json", printed.out), "--out", "none")
        self.assertEqual(2, refused.status)
        self.assertIn("REPLACE_WITH_VK", refused.err)


class Terminal(Case):
    def on_terminal(self, *arguments, env=None):
        """What ringload writes to a terminal; stderr and stdout are one there."""
        main, other = pty.openpty()
        process = subprocess.Popen([str(harness.RINGLOAD), *map(str, arguments)], stdout=other, stderr=other,
                                   stdin=subprocess.DEVNULL,
                                   cwd=self.directory,
                                   env=harness.clean_environment({"TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})}))
        os.close(other)
        text = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        os.close(main)
        return process.wait(20), text.decode()

    def run_on_terminal(self, *arguments, env=None):
        return self.on_terminal("run", self.witness.url, "--model", "m", *FEW, *arguments, env=env)[1]

    def test_colour_only_on_a_terminal_that_wants_it(self):
        color = "\x1b[3"
        self.assertIn(color, self.run_on_terminal("--threshold", "p95<=1us"))
        self.assertNotIn(color, self.run_on_terminal("--no-color"))
        self.assertNotIn(color, self.run_on_terminal(env={"NO_COLOR": "1"}))
        self.assertNotIn(color, self.run_on_terminal(env={"TERM": "dumb"}))
        self.assertNotIn("\x1b", self.run_on_terminal(env={"TERM": "dumb"}))
        self.assertNotIn("\x1b", self.few().out)
        self.assertIn("\x1b[", self.few("--threshold", "p95<=1us", expect=1, env={"CLICOLOR_FORCE": "1"}).out)
        self.assertNotIn("\x1b", self.few("--no-color", env={"CLICOLOR_FORCE": "1"}).out)

    def test_ascii_outside_utf8(self):
        run = self.few("--threshold", "p95<=60s", env={"LC_ALL": "C"})
        self.assertTrue(run.out.isascii(), run.out)
        self.assertFalse(self.few("--threshold", "p95<=60s", env={"LC_ALL": "C.UTF-8"}).out.isascii())
        for arguments in (("check", self.witness.url, "--stages", "1-9:1s"), ("run", self.witness.url, "-n", "0"),
                          ("check", "--config", self.write("p.json", {"warmup": -1, "stages": [{"rate": -1}]}))):
            run = self.plain(*arguments, env={"LC_ALL": "C"})
            self.assertTrue((run.out + run.err).isascii(), str(run))

    def test_stdout_has_the_report_alone_in_100_columns(self):
        run = self.few("--live", "plain", "--threshold", "p95<=60s")
        self.assertLessEqual(max(map(len, run.out.splitlines())), 100)
        self.assertNotIn("stage 1/1 done", run.out)
        self.assertIn("stage 1/1 done", run.err)
        self.assertIn("20 requests", run.out.splitlines()[0] + run.out.splitlines()[1],
                      "not the day that bounds nothing")
        last = run.out.splitlines()[-1]
        self.assertIn("ringload ", last, "the last line names the next command")

    def test_quiet_prints_errors_only(self):
        run = self.few("--quiet")
        self.assertEqual(("", ""), (run.out, run.err))
        failed = self.plain("run", "http://127.0.0.1:1", "--model", "m", "-n", 3, "--quiet", "--out", "none")
        self.assertEqual((4, ""), (failed.status, failed.out))
        self.assertIn("127.0.0.1:1", failed.err)
        self.assertEqual("", self.plain("check", self.witness.url, "--model", "m", "--quiet").out)

    def test_json_is_the_summary_and_nothing_else(self):
        run = self.few("--json")
        self.assertEqual(run.summary, json.loads(run.out))
        for arguments in (("report", run.directory), ("compare", run.directory, run.directory),
                          ("check", self.witness.url, "--model", "m")):
            with self.subTest(arguments=arguments[0]):
                json.loads(self.plain(*arguments, "--json").out)
        merged = self.plain("merge", run.directory, run.directory, "--json")
        self.assertEqual(40, json.loads(merged.out)["conservation"]["scheduled"])
        failed = self.plain("run", "http://127.0.0.1:1", "--model", "m", "-n", 3, "--json", "--out", "none")
        self.assertEqual((4, "preflight"), (failed.status, json.loads(failed.out)["ended_by"]))

    def test_progress_off_a_terminal_comes_at_1_2_and_5_seconds_and_at_the_end(self):
        self.behave = lambda _: Reply([0.02, *reply(chat_body(), 5).pieces], 5)
        run = self.run_load(self.witness.url, "--stream", "off", "--concurrency", 2, "--duration", "6500ms",
                            "--live", "plain")
        seconds = [int(found) for found in re.findall(r"stage 1/1  (\d+) of", run.err)]
        self.assertEqual([1, 2, 5], seconds, run.err)
        self.assertEqual(1, run.err.count("stage 1/1 done"))


class Outputs(Case):
    def test_two_runs_of_one_second_have_names_of_their_own(self):
        out = os.path.join(self.directory, "runs")
        for _ in range(4):
            self.few("--out", out)
        summaries = [name for name in self.files(out) if name.startswith("summary-")]
        self.assertEqual(4, len(summaries))
        for name in summaries:
            self.assertRegex(name, r"^summary-\d{8}T\d{6}Z(-\d+)?\.json$")
            stamp = name[len("summary-"):-len(".json")]
            for other in (f"results-{stamp}.jsonl", f"report-{stamp}.txt", f"report-{stamp}.csv",
                          f"metrics-{stamp}.prom"):
                self.assertIn(other, self.files(out))
        self.assertEqual([], [name for name in self.files(out) if name.endswith(".part")])
        newest = max(pathlib.Path(out).glob("summary-*"), key=lambda path: path.stat().st_mtime_ns)
        self.assertEqual(newest.name, os.readlink(os.path.join(out, "latest")))

    def test_the_next_command_of_a_second_run_is_the_comparison(self):
        self.assertEqual(0, self.plain("run", self.witness.url, "--model", "m", *FEW).status)
        run = self.plain("run", self.witness.url, "--model", "m", *FEW)
        command = run.out.splitlines()[-1].split()[1:]
        self.assertEqual(["ringload", "compare"], command[:2])
        self.assertEqual(0, self.plain(*command[1:]).status)

    def test_pid_shows_the_targets_cpu(self):
        mock = self.mock()
        run = self.run_load(mock.url, "--stream", "off", "--concurrency", 4, "--duration", "2s", "--pid",
                            mock.process.pid)
        self.assertTrue(0.01 < run.summary["generator_health"]["target_cpu"] < 1.2,
                        run.summary["generator_health"]["target_cpu"])
        self.assertEqual(2, self.plain("run", mock.url, "--model", "m", "--pid", 2**31 - 2).status)

    def test_choices_of_what_is_written(self):
        run = self.few("--jsonl", "off")
        self.assertEqual([], [name for name in self.files(run.directory) if name.endswith((".jsonl", ".html"))])
        run = self.few("--html", "on")
        page = next(pathlib.Path(run.directory).glob("report-*.html")).read_text()
        self.assertNotIn("src=\"http", page)
        metrics = os.path.join(self.directory, "metrics.prom")
        run = self.few("--prom-file", metrics, "--label", "env=ci", "--label", "note=a=b")
        self.assertEqual(next(pathlib.Path(run.directory).glob("metrics-*.prom")).read_text(),
                         pathlib.Path(metrics).read_text())
        self.assertEqual({"env": "ci", "note": "a=b"}, run.summary["labels"])

    def test_a_sampled_jsonl_keeps_whole_conversations(self):
        profile = self.write("p.json", {"defaults": {"target": self.witness.url, "model": "m", "max_tokens": 8},
                                        "scenarios": [{"name": "a", "turns": 3}]})
        run = self.ringload("run", "--config", profile, "--requests", 900, "--concurrency", 8, "--jsonl",
                            "sample:0.2", "--html", "off")
        self.assertEqual(0, run.status, str(run))
        turns = {}
        for line in run.lines:
            turns.setdefault(line["conv_uuid"], []).append(line["turn"])
        self.assertTrue(20 < len(turns) < 110, len(turns))
        whole = sum(sorted(each) == [1, 2, 3] for each in turns.values())
        self.assertGreaterEqual(whole, len(turns) - 8, "all but those that the end cut")

    def test_preflight_failure_leaves_a_summary_and_no_litter(self):
        run = self.ringload("run", "http://127.0.0.1:1", "--model", "m", "-n", 3)
        self.assertEqual(4, run.status)
        self.assertFalse(run.summary["complete"])
        self.assertEqual("preflight", run.summary["ended_by"])
        self.assertEqual({"latest"}, {name for name in self.files(run.directory) if not name.startswith("summary-")})

    def test_plan_errors_leave_nothing(self):
        for arguments in (("http://127.0.0.1:1", "--concurrency", 5_000_000), ("http://no-such-host.invalid",),
                          ("http://127.0.0.1:1", "-n", 10**12)):
            with self.subTest(arguments=arguments):
                run = self.plain("run", *arguments, "--model", "m")
                self.assertIn(run.status, (2, 4), str(run))
                self.assertNotIn("runs", self.files(self.directory))

    def test_outputs_that_cannot_be_are_told_before_anything_is_sent(self):
        blocker = self.write("file", "x")
        for out in (blocker, blocker + "/sub", "/proc/none", "/sys/none"):
            with self.subTest(out=out):
                run = self.plain("run", self.witness.url, "--model", "m", *FEW, "--out", out)
                self.assertEqual(2, run.status, str(run))
                self.assertIn(out, run.err)
        self.assertEqual([], self.witness.requests)

    def test_a_killed_run_leaves_its_plan_and_a_jsonl_to_rebuild_from(self):
        self.behave = lambda _: Reply([0.01, *reply(chat_body(), 5).pieces], 5)
        running = self.start("run", self.witness.url, "--model", "m", "--stream", "off", "--stages", "2:1s,3:60s",
                             "--html", "off")
        latest = pathlib.Path(running.directory) / "latest"
        self.wait_for(latest.exists)
        planned = json.loads(latest.read_text())
        self.assertFalse(planned["complete"])
        self.assertFalse(planned["pass"])
        self.assertEqual("running", planned["ended_by"])
        self.assertEqual([(2, 1), (3, 60)], [(stage["concurrency"],
                                              stage["duration_s"]) for stage in planned["stages"]])
        self.wait_for(lambda: json.loads(latest.read_text())["stages"][0]["total"]["requests"] > 0)
        between = json.loads(latest.read_text())
        self.assertFalse(between["complete"])
        self.assertEqual(0, between["stages"][1]["total"]["requests"])
        self.assertEqual(between["stages"][0]["total"]["requests"], between["aggregate"]["requests"])
        time.sleep(0.5)
        running.signal(signal.SIGKILL)
        killed = running.finish()
        self.assertEqual([], [name for name in self.files(killed.directory) if name.endswith(".part")])
        text = self.plain("report", killed.directory)
        self.assertEqual(0, text.status, str(text))
        records = next(pathlib.Path(killed.directory).glob("results-*.jsonl"))
        rebuilt = json.loads(self.plain("report", records, "--format", "json").out)
        self.assertEqual(len(killed.lines), rebuilt["aggregate"]["requests"])
        self.assertFalse(rebuilt["complete"])

    def test_a_jsonl_that_does_not_fit_is_refused(self):
        for command in ("run", "check"):
            run = self.plain(command, self.witness.url, "--model", "m", "-n", 10**12)
            self.assertEqual(2, run.status, str(run))
            self.assertIn("--jsonl", run.err)
        self.assertEqual(0, self.plain("check", self.witness.url, "--model", "m", "-n", 10**12, "--jsonl",
                                       "off").status)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a file system of 1 MB")
    def test_a_full_disk_stops_the_jsonl_and_nothing_else(self):
        for size in ("1m", "2m"):
            disk = os.path.join(self.directory, "disk" + size)
            os.mkdir(disk)
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk],
                                     capture_output=True, text=True)
            if mounted.returncode != 0:
                self.skipTest(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
            self.addCleanup(subprocess.run, ["umount", "-l", disk])
            mock = self.mock()
            run = self.plain("run", mock.url, "--model", "m", "--stream", "off", "--concurrency", 8, "--duration", "3s",
                             "--out", os.path.join(disk, "runs"))
            self.assertEqual(0, run.status, str(run))
            self.assertIn("No space left", run.err)
            out = os.path.join(disk, "runs")
            self.assertEqual(["html", "csv", "txt", "json", "prom"].sort(),
                             [name.rsplit(".")[-1] for name in self.files(out) if name.startswith(("report",
                                                                                                   "summary",
                                                                                                   "metrics"))].sort())
            self.assertEqual([], [name for name in self.files(out) if name.endswith(".part")])
            summary = json.loads((pathlib.Path(out) / "latest").read_text())
            health = summary["generator_health"]
            self.assertGreater(health["jsonl"]["dropped"], 0)
            self.assertTrue(summary["complete"])
            lines = next(pathlib.Path(out).glob("results-*")).read_text().split("\n")
            self.assertEqual(health["jsonl"]["written"], len(lines) - 1)
            for line in lines[:-1]:
                json.loads(line)
            self.assertNotIn("cannot write", run.err)


class EarlyEnds(Case):
    def slow(self, seconds):
        return lambda _: Reply([seconds, *reply(chat_body(), 5).pieces], 5)

    def test_abort_on_ends_with_1(self):
        def behave(request):
            return reply("{}",
                         status="500 No") if request.index % 3 == 0 and request.index > 0 else self.slow(0.01)(request)
        self.behave = behave
        started = time.monotonic()
        run = self.run_load(self.witness.url, "--stream", "off", "--concurrency", 4, "--duration", "60s",
                            "--abort-on", "error_rate>20%",
                            expect=1)
        self.assertLess(time.monotonic() - started, 10)
        self.assertFalse(run.summary["complete"])
        self.assertEqual("abort_on", run.summary["ended_by"])
        self.assertIn("error_rate", run.err)
        self.assert_balanced(run)

    def test_abort_on_knows_percentiles_and_scopes(self):
        self.behave = self.slow(0.05)
        rules = ("--abort-on", "stage2:p50>10s", "--abort-on", "stage2:default:p95>20ms")
        run = self.run_load(self.witness.url, "--stream", "off", "--stages", "2:1500ms,2:60s", *rules[:2],
                            "--abort-on", "p95>10s",
                            "--abort-on", "stage2:p50>20ms", expect=1)
        self.assertEqual(2, len(run.summary["stages"]))
        self.assertEqual(1, run.summary["exit_code"])

    def test_abort_on_that_never_holds_changes_nothing(self):
        run = self.few("--abort-on", "error_rate>50%", "--abort-on", "p99>60s")
        self.assertTrue(run.summary["complete"])

    def test_a_signal_during_the_preflight(self):
        self.behave = lambda _: Reply([], then="hang")
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            with self.subTest(signal=number):
                before = len(self.witness.requests)
                running = self.start("run", self.witness.url, "--model", "m", "--html", "off", *FEW)
                self.wait_for(lambda: len(self.witness.requests) > before)
                running.signal(number)
                time.sleep(0.3)
                running.signal(number)
                started = time.monotonic()
                run = running.finish()
                self.assertLess(time.monotonic() - started, 3)
                self.assertEqual(status, run.status, str(run))
                self.assertFalse(run.summary["complete"])
                self.assertEqual(status, run.summary["exit_code"])
                self.assertEqual(0, run.summary["conservation"]["scheduled"])
                self.assertEqual(before + 1, len(self.witness.requests), "the load never began")

    def test_a_signal_before_the_first_stage(self):
        running = self.start("run", self.witness.url, "--model", "m", "--html", "off", *FEW, "--start-at", "+60s")
        self.wait_for(lambda: len(self.witness.requests) == 1)
        time.sleep(0.3)
        running.signal(signal.SIGTERM)
        run = running.finish(10)
        self.assertEqual(143, run.status, str(run))
        self.assertFalse(run.summary["complete"])
        self.assertEqual("SIGTERM", run.summary["ended_by"])
        self.assertEqual(1, len(self.witness.requests))
        self.assertTrue(list(pathlib.Path(run.directory).glob("report-*.txt")))

    def test_a_second_signal_abandons_and_the_second_stage_never_begins(self):
        self.behave = lambda request: good(request) if request.index < 10 else Reply([], then="hang")
        running = self.start("run", self.witness.url, "--model", "m", "--stream", "off", "--stages", "3:30s,5:30s",
                             "--html", "off")
        self.wait_for(lambda: len(self.witness.requests) >= 13)
        running.signal(signal.SIGINT)
        time.sleep(0.3)
        running.signal(signal.SIGTERM)
        run = running.finish(5)
        self.assertEqual(130, run.status, "the first signal counts: " + str(run))
        self.assertEqual(3, run.summary["conservation"]["in_flight_at_stop"])
        self.assertEqual(1, len(run.summary["stages"]))

    def test_start_at_waits(self):
        started = time.time()
        run = self.few("--start-at", "+2s")
        self.assertGreaterEqual(min(line["start_unix_ms"] for line in run.lines) / 1000, started + 1.9)
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        self.few("--start-at", at)
        past = self.plain("run", self.witness.url, "--model", "m", *FEW, "--start-at", "2020-01-01T00:00:00Z")
        self.assertEqual(2, past.status)

    def test_hang_up_is_ignored_under_nohup(self):
        self.behave = self.slow(0.02)
        running = self.start("run", self.witness.url, "--model", "m", "--stream", "off", "--html", "off",
                             "--duration", "2s", "-c", 2)
        ignoring = subprocess.Popen(["nohup", str(harness.RINGLOAD), "run", self.witness.url, "--model", "m",
                                     "--stream", "off", "--html", "off",
                                     "--duration", "2s", "-c", "2", "--out", os.path.join(self.directory, "nohup")],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    env=harness.clean_environment())
        self.wait_for(lambda: len(self.witness.requests) > 20)
        running.signal(signal.SIGHUP)
        ignoring.send_signal(signal.SIGHUP)
        self.assertEqual(129, running.finish().status)
        self.assertEqual(0, ignoring.wait(20))

    def test_4_when_every_request_failed(self):
        self.behave = lambda _: reply("{}", status="500 No")
        run = self.few("--no-preflight", "--threshold", "error_rate<=0", "--quiet", expect=4)
        self.assertIn("http_5xx 20", run.err)
        self.assertFalse(run.summary["pass"])
        self.assertEqual(4, run.summary["exit_code"])

    def test_preflight_failures_say_what_helps(self):
        body = "x" * 290 + "0123456789" + "y" * 100
        for status, text, hint in ((401, "no", "--vk-env"), (404, "no", "/v1/chat/completions"),
                                   (400, "max_tokens is not supported", "max_tokens_field"),
                                   (500, body, "0123456789")):
            with self.subTest(status=status):
                self.behave = lambda _: reply(text, status=f"{status} No")
                run = self.plain("run", self.witness.url, "--model", "m", *FEW, "--out", "none")
                self.assertEqual(4, run.status)
                self.assertIn(str(status), run.err)
                self.assertIn(self.witness.url, run.err)
                self.assertIn(hint, run.err)
        self.assertNotIn("yy", run.err, "300 bytes and no more")

    def test_what_cannot_be_reached_says_what_was_tried(self):
        run = self.plain("run", "http://localhost:1", "--model", "m", *FEW, "--out", "none")
        self.assertEqual(4, run.status)
        self.assertIn("127.0.0.1:1", run.err)
        run = self.plain("run", "http://no-such-host.invalid", "--model", "m", *FEW, "--out", "none")
        self.assertEqual(4, run.status)
        self.assertIn("no-such-host.invalid", run.err)
        self.assertIn("--resolve", run.err)


class Checking(Case):
    def test_json_has_the_plan_and_where_each_value_came_from(self):
        profile = self.write("p.json", {"defaults": {"target": self.witness.url, "model": "m", "max_tokens": 10},
                                        "prices": {"m": {"input_per_mtok": 1, "output_per_mtok": 2}}})
        run = self.plain("check", "--config", profile, "--requests", 1000, "--concurrency", 7, "--input-tokens",
                         100, "--json")
        self.assertEqual(0, run.status, str(run))
        plan = json.loads(run.out)
        self.assertTrue(plan["can_start"])
        self.assertEqual(1000, plan["predicted"]["requests"])
        self.assertEqual(10_000, plan["predicted"]["output_tokens"])
        self.assertAlmostEqual((plan["predicted"]["input_tokens"] + 20_000) / 1e6, plan["predicted"]["cost_usd"], 6)
        self.assertEqual([], self.witness.requests)
        written = self.plain("run", "--config", profile, *FEW).directory.glob("results-*.jsonl")
        line_bytes = statistics.mean(len(line) for path in written for line in path.open())
        self.assertAlmostEqual(1, plan["predicted"]["jsonl_bytes"] / (1000 * line_bytes), delta=0.25)
        self.assertEqual(7, plan["plan"]["users"])
        self.assertEqual("--concurrency, --requests", plan["origins"]["stages"])
        self.assertEqual("defaults", plan["origins"]["scenarios[0].max_tokens"])
        text = self.plain("check", "--config", profile, "--requests", 1000)
        for word in ("connections", "files", "ports", "memory", "disk", "requests", "tokens", "cost", "defaults",
                     "built-in"):
            self.assertIn(word, text.out)
        self.assertLessEqual(max(map(len, text.out.splitlines())), 100)

    def test_what_a_later_version_can_run_is_valid_and_refused_by_name(self):
        for profile, name in (({"protocol": "gemini"}, "protocol gemini"), ({}, "scrape")):
            path = self.write("p.json", {"defaults": {"target": self.witness.url, **profile},
                                         "scrape": [] if profile else [{"name": "x", "url": "http://127.0.0.1:1/"}]})
            for command in ("check", "run"):
                run = self.plain(command, "--config", path)
                self.assertEqual(2, run.status)
                self.assertRegex(run.err, f"{name}.*: not available yet")

    def test_a_runs_command_line_can_be_checked_as_it_is(self):
        flags = ("--abort-on", "error_rate>50%", "--label", "a=b", "--rank", "0/2", "--live", "off", "--no-preflight")
        self.assertEqual(0, self.plain("check", self.witness.url, *flags).status)
        for flag, value in (("--abort-on", "x"), ("--label", "x"), ("--rank", "2/2"), ("--live", "x"), ("--html", "x"),
                            ("--progress", "x"), ("--start-at", "x")):
            run = self.plain("check", self.witness.url, flag, value)
            self.assertEqual(2, run.status)
            self.assertIn(flag, run.err)

    def test_what_a_closed_stage_sends_is_not_known(self):
        plan = json.loads(self.plain("check", self.witness.url, "--model", "m", "--json").out)
        self.assertIsNone(plan["predicted"]["requests"])
        self.assertIsNone(plan["predicted"]["jsonl_bytes"])

    def test_schema_and_profile_are_json_and_the_profile_is_one(self):
        self.assertIn("$schema", json.loads(self.plain("check", "--schema").out))
        printed = self.plain("check", self.witness.url, "--model", "m", "--print-profile", "--concurrency", 3)
        again = self.write("again.json", printed.out)
        self.assertEqual(printed.out, self.plain("check", "--config", again, "--print-profile").out)

    def test_send_shows_the_exchange(self):
        run = self.plain("check", "--target", self.witness.url, "--model", "m", "--stream", "off", "--send")
        self.assertEqual(0, run.status, str(run))
        self.assertEqual(1, len(self.witness.requests))
        sent = self.witness.requests[0]
        self.assertIn(sent.raw_body.decode(), run.out)
        self.assertIn(sent.headers["x-request-id"], run.out)
        self.assertIn("POST /v1/chat/completions HTTP/1.1", run.out)
        self.assertIn("hello world", run.out)
        self.assertNotIn("runs", self.files(self.directory))
        self.behave = lambda _: reply('{"error": "no such model"}', status="404 Not Found")
        failed = self.plain("check", "--target", self.witness.url, "--model", "m", "--send")
        self.assertEqual(4, failed.status)
        self.assertIn("no such model", failed.out)

    def test_a_plan_that_cannot_start_exits_2(self):
        run = self.plain("check", self.witness.url, "--model", "m", "--concurrency", 5_000_000)
        self.assertEqual(2, run.status, str(run))
        self.assertIn("open files", run.err)


class Afterwards(Case):
    def test_compare_without_common_stages_exits_2(self):
        one, two = self.few(), self.run_load(self.witness.url, "--stream", "off", "--concurrency", 3, "--requests", 20)
        run = self.plain("compare", one.directory, two.directory)
        self.assertEqual(2, run.status, str(run))

    def test_compare_of_four_slower_runs_finds_the_regression(self):
        sides = []
        for ttft in ("5ms", "20ms"):
            mock = self.mock("--ttft", ttft)
            sides.append(",".join(self.run_load(mock.url, "--stream", "off", "--concurrency", 4, "--requests",
                                                200).directory for _ in range(4)))
        self.assertEqual(1, self.plain("compare", *sides).status)
        self.assertEqual(0, self.plain("compare", *reversed(sides)).status)
        self.assertEqual(0, self.plain("compare", *sides, "--regress-pct", 1_000_000).status)
        self.assertEqual("", self.plain("compare", *sides, "--quiet").out)

    def test_reports_of_what_is_no_summary_name_the_file(self):
        for content in ("", "{", "[]", "not json"):
            path = self.write("s.json", content)
            for command in (("report", path), ("compare", path, path), ("merge", path)):
                run = self.plain(*command)
                self.assertEqual(2, run.status, str(run))
                self.assertIn("s.json", run.err)
        self.assertEqual(2, self.plain("report", self.directory).status)
        self.assertEqual(2, self.plain("report").status)
        self.assertEqual(2, self.plain("compare", "a").status)
        self.assertEqual(2, self.plain("merge").status)

    def test_merge_refuses_other_profiles_without_force(self):
        one, two = self.few(), self.few("--max-tokens", 7)
        out = os.path.join(self.directory, "merged")
        self.assertEqual(2, self.plain("merge", one.directory, two.directory, "--out", out).status)
        self.assertFalse(os.path.exists(out))
        merged = self.plain("merge", one.directory, two.directory, "--out", out, "--force")
        self.assertEqual(0, merged.status, str(merged))
        self.assertEqual(0, self.plain("report", out).status)

    def test_github_annotations_and_job_summary(self):
        page = os.path.join(self.directory, "page.md")
        env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": page}
        run = self.few("--threshold", "p95<=1us", expect=1, env=env)
        self.assertRegex(run.err, r"(?m)^::error title=[^:]*::.*p95<=")
        self.assertNotIn("::error", run.out)
        self.assertIn("p95", pathlib.Path(page).read_text())
        self.assertNotIn("::", self.few("--threshold", "p95<=1us", expect=1).err)


class Completion(Case):
    def complete(self, *words):
        """What bash would offer for the last word."""
        script = self.plain("completion", "bash").out
        line = " ".join(words)
        ask = (f"{script}\nCOMP_WORDS=({' '.join(repr(word) for word in words)})\nCOMP_CWORD={len(words) - 1}\n"
               f"COMP_LINE={line!r}\n_ringload\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n")
        done = subprocess.run(["bash", "--norc"], input=ask, capture_output=True, text=True, timeout=10,
                              cwd=self.directory)
        self.assertEqual("", done.stderr)
        return done.stdout.split()

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash_offers_commands_flags_and_values(self):
        self.assertEqual(["merge", "mock"], sorted(self.complete("ringload", "m")))
        self.assertEqual(["--concurrency"], self.complete("ringload", "run", "--conc"))
        self.assertEqual(["--concurrency"], self.complete("ringload", "--conc"), "run is the default")
        self.assertEqual([], self.complete("ringload", "mock", "--conc"))
        self.assertEqual(["--ttft"], self.complete("ringload", "mock", "--tt"))
        self.assertEqual(["poisson"], self.complete("ringload", "run", "--arrival", "p"))
        self.assertEqual(["gamma"], self.complete("ringload", "run", "--arrival", "=", "g"))
        self.assertIn("realistic", self.complete("ringload", "run", "--config", "real"))
        self.write("some-summary.json", "{}")
        self.assertEqual(["some-summary.json"], self.complete("ringload", "report", "some"))
        self.assertEqual(["zsh"], self.complete("ringload", "completion", "z"))

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_offers_commands_flags_and_values(self):
        def complete(line):
            script = self.plain("completion", "fish").out + f"\ncomplete -C {line!r}\n"
            done = subprocess.run(["fish", "--no-config"], input=script, capture_output=True, text=True, timeout=10,
                                  cwd=self.directory)
            return [offer.split("\t")[0] for offer in done.stdout.splitlines()]
        self.write("a-file.json", "{}")
        self.assertEqual(["constant", "gamma", "poisson"], complete("ringload run --arrival "), "and no file")
        self.assertEqual(["--concurrency"], complete("ringload http://h --conc"))
        self.assertIn("a-file.json", complete("ringload run --config a-"))
        self.assertEqual(["check"], complete("ringload che"))

    def test_scripts_are_well_formed(self):
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell):
                script = self.plain("completion", shell).out
                done = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True)
                self.assertEqual((0, ""), (done.returncode, done.stderr), shell)


if __name__ == "__main__":
    unittest.main()
