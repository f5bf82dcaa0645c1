"""tools/multi-service and tools/join: what they print is compared with what servers were built to do, and with rows
whose every figure is known."""
import contextlib
import csv
import io
import json
import os
import pathlib
import pwd
import re
import runpy
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time

import harness
import witness

MULTI_SERVICE = harness.ROOT / "tools/multi-service"
JOIN = harness.ROOT / "tools/join"
# A shorter head start than the tool's own; and what the machine does beside a test is not this test's business.
SOON = ("--", "--start-at", "+1s", "--allow-invalid")


def answer(request):
    return witness.reply(witness.chat_body(tokens=5), tokens=5)


class MultiService(harness.EndToEnd):
    def command(self, *arguments):
        return [str(MULTI_SERVICE), *map(str, arguments)]

    def environment(self, services, **more):
        return harness.clean_environment({"SERVICES": services, "RINGLOAD": str(harness.RINGLOAD), **more})

    def multi_service(self, services, *arguments, expect=0, **more):
        run = subprocess.run(self.command(*arguments), env=self.environment(services, **more), capture_output=True,
                             text=True, timeout=60)
        self.assertEqual(expect, run.returncode, run.stdout + run.stderr)
        return run

    def rows(self, text):
        """The tables printed for rounds: one {gateway: (figures, remark)} each."""
        tables = []
        for line in text.splitlines():
            if line.startswith("all rounds"):
                break
            if re.match(r"  gateway +\w+_p50 +\w+_p95 +lat_p95 +rps +err ", line):
                tables.append({})
            elif match := re.match(r"  ([\w.-]+) +([\d.,]+) +([\d.,]+) +([\d.,]+) +([\d.,]+) +([\d.]+) %   (.*)", line):
                figures = [float(value.replace(",", "")) for value in match.groups()[1:6]]
                tables[-1][match[1]] = (figures, match[7])
        return tables

    def test_the_fastest_is_found_in_every_round(self):
        slow, fast = self.mock("--ttft", "60ms"), self.mock("--ttft", "10ms")
        run = self.multi_service(f"slow|{slow.url}\nfast|{fast.url}|some-model|", "perf-128-stream", "4:1s", "2",
                                 *SOON, "--warmup", "100ms")
        tables = self.rows(run.stdout)
        self.assertEqual(2, len(tables), run.stdout)
        for table in tables:
            (p50, p95, latency_p95, rps, error), remark = table["fast"]
            self.assertEqual("fastest", remark)
            self.assertTrue(10 <= p50 <= p95 <= latency_p95, table)
            self.assertTrue(60 < rps <= 400, table)
            self.assertEqual(0, error)
            (p50, _, _, rps, _), remark = table["slow"]
            self.assertTrue(60 <= p50 < 120 and rps < 67, table)
            delta = float(re.match(r"\+([\d.]+) ms \(\+\d+ %\)$", remark)[1])
            self.assertAlmostEqual(delta, p50 - table["fast"][0][0], delta=0.11)
        self.assertRegex(run.stdout, r"all rounds: 2 of 2 count\n")
        self.assertRegex(run.stdout, r"\n  fast +[\d.]+ +2×\n")
        self.assertRegex(run.stdout, r"\n  slow +[\d.]+ +0×   \+\d+\.\d ms \(\+\d+\.\d to \+\d+\.\d\)\n")

    def test_equal_gateways_are_not_told_apart_by_rounds_of_both_signs(self):
        tool = runpy.run_path(str(MULTI_SERVICE), run_name="multi_service")
        row = tool["Row"](10.0, 11.0, 12.0, 5.0, 0.0, True)
        history = {"stage 1": [{"a": row, "b": row._replace(first_p50=p50)} for p50 in (10.5, 9, 10.25)]}
        with contextlib.redirect_stdout(io.StringIO()) as out:
            tool["print_rounds"](history, ["a", "b"])
        self.assertRegex(out.getvalue(), r"\n  a +10\.0 +2×\n"
                         r"  b +10\.2 +1×   \+0\.25 ms \(-1\.00 to \+0\.50\), not told apart\n")

    def test_all_start_at_the_same_instant_with_the_same_traffic(self):
        first, second = self.mock(), self.mock()
        out = os.path.join(self.directory, "kept")
        self.multi_service(f"first|{first.url} second|{second.url}", "perf-128-stream", "@40:1s", "1", "--out", out,
                           "--", "--warmup", "0s", "--allow-invalid")
        starts = {}
        for name in ("first", "second"):
            directory = pathlib.Path(out) / name
            self.assertTrue((directory / "latest").exists())
            run = harness.Finished(0, "", "", directory)
            self.assertGreater(len(run.lines), 10)
            starts[name] = sorted(line["start_unix_ms"] for line in run.lines)
        self.assertEqual(len(starts["first"]), len(starts["second"]))
        # One clock told both when to begin; a busy machine may have woken one late. The schedule itself is the same.
        self.assertLess(abs(starts["first"][0] - starts["second"][0]), 500)
        for left, right in zip(starts["first"], starts["second"]):
            self.assertLessEqual(abs((left - starts["first"][0]) - (right - starts["second"][0])), 1)

    def test_keys_reach_their_own_service_and_no_command_line(self):
        log = os.path.join(self.directory, "seen")
        wrapper = self.write("wrapper", f'#!/bin/sh\necho "$@" >>{log}\nexec {harness.RINGLOAD} "$@"\n')
        os.chmod(wrapper, stat.S_IRWXU)
        keys = {"bare": "key-of-bare", "named": "key-of-named", "literal": "key-of-literal"}
        with witness.Witness(answer) as bare, witness.Witness(answer) as named, \
                witness.Witness(answer) as literal, witness.Witness(answer) as none:
            run = self.multi_service(
                f"bare|{bare.url}||BARE_KEY named|{named.url}||env:named literal|{literal.url}||{keys['literal']} "
                f"none|{none.url}||-", "perf-128-nonstream", "1:300ms", "1", *SOON, "--warmup", "0s",
                RINGLOAD=wrapper, BARE_KEY=keys["bare"], named=keys["named"], RINGLOAD_VK="key-of-another")
            for name, server in (("bare", bare), ("named", named), ("literal", literal)):
                self.assertGreater(len(server.requests), 2)
                self.assertEqual({f"Bearer {keys[name]}"}, {request.headers.get("authorization")
                                                            for request in server.requests})
            self.assertGreater(len(none.requests), 2)
            self.assertEqual({None}, {request.headers.get("authorization") for request in none.requests})
        seen = pathlib.Path(log).read_text() + run.stdout + run.stderr
        self.assertEqual(4, seen.count("--config perf-128-nonstream"))
        self.assertNotIn("key-of", seen)

    def test_a_gateway_that_refuses_quickly_is_not_the_fastest(self):
        sound, failing = self.mock("--ttft", "30ms"), self.mock("--ttft", "5ms", "--fault", "500=50%")
        run = self.multi_service(f"sound|{sound.url} failing|{failing.url}", "perf-128-stream", "4:1s", "1",
                                 *SOON, "--no-preflight", "--warmup", "0s")
        table, = self.rows(run.stdout)
        self.assertEqual("fastest", table["sound"][1])
        self.assertRegex(table["failing"][1], r"^-\d+\.\d ms .*, too many errors$")
        self.assertAlmostEqual(50, table["failing"][0][4], delta=20)
        self.assertRegex(run.stdout, r"! failing: http_5xx [\d,]+ of [\d,]+ requests")

    def test_a_service_that_is_down_leaves_the_others_measured(self):
        up = self.mock()
        down = f"http://127.0.0.1:{harness.free_port()}"
        run = self.multi_service(f"down|{down} up|{up.url}", "perf-128-nonstream", "2:300ms", "1", *SOON,
                                 "--warmup", "0s", expect=4)
        self.assertIn("ttfb_p50", run.stdout)
        self.assertEqual({"up"}, set(self.rows(run.stdout)[0]))
        self.assertRegex(run.stdout, r"\n  down( +–){5}   not measured\n")
        self.assertIn("conn_refused", run.stdout)

    def test_each_stage_has_its_own_table(self):
        one, two = self.mock("--ttft", "5ms"), self.mock("--ttft", "40ms")
        run = self.multi_service(f"one|{one.url} two|{two.url}", "perf-128-stream", "2:300ms,@50-60:500ms", "1", *SOON,
                                 "--warmup", "0s")
        tables = self.rows(run.stdout)
        self.assertEqual([{"one", "two"}] * 2, [set(table) for table in tables], run.stdout)
        self.assertRegex(run.stdout, r" stage 1 \(2 VUs\)\n(.*\n)+ stage 2 \(@50-60/s\)\n")

    def test_a_stage_that_its_warm_up_fills_says_why_it_has_no_figures(self):
        one, two = self.mock(), self.mock()
        run = self.multi_service(f"one|{one.url} two|{two.url}", "perf-128-stream", "1:300ms", "1", *SOON, expect=4)
        self.assertRegex(run.stdout, r"\n  one( +–){5}   not measured\n")
        self.assertIn("! two: stage 1 (1 VU) is no longer than its warm-up", run.stdout)

    def test_wrong_use_exits_2_and_shows_no_key(self):
        a, b = "a|http://127.0.0.1:1", "b|http://127.0.0.1:2"
        for services, arguments, text in (
                ("", (), "at least two services"),
                (a, (), "at least two services"),
                (f"{a} {a}", (), "two services are called 'a'"),
                (f"{a} b", (), "entry 2"),
                (f"{a} b|127.0.0.1:2", (), "http://"),
                (f"{a} {b}||MISSING_KEY", (), "that is not set"),
                (f"{a} {b}||env:sk-secret", (), "that is not set"),
                (f"{a} {b}", ("perf-128-stream", "2:1s", "0"), "rounds: found '0'"),
                (f"{a} {b}", ("perf-128-stream", "2:1s", "1", "--", "--vk", "sk-secret"), "not on a command line"),
                (f"{a} {b}", ("no-such-profile", "2:1s", "1"), "no-such-profile"),
                (f"{a} {b}", ("perf-128-stream", "1s:2", "1"), "--stages")):
            with self.subTest(services=services, arguments=arguments):
                run = self.multi_service(services, *arguments, expect=2)
                self.assertIn(text, run.stderr)
                self.assertNotIn("MISSING_KEY", run.stdout + run.stderr)
                self.assertNotIn("sk-secret", run.stdout + run.stderr)

    def test_an_interrupt_ends_every_run_and_prints_what_was_measured(self):
        one, two = self.mock(), self.mock()
        process = subprocess.Popen(
            self.command("perf-128-stream", "2:60s", "1", *SOON, "--warmup", "0s"), text=True,
            env=self.environment(f"one|{one.url} two|{two.url}"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(2.5)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True,
                                  text=True).stdout.split()
        self.assertEqual(2, len(children))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        self.assertEqual(130, process.returncode, out + err)
        self.assertEqual({"one", "two"}, set(self.rows(out)[0]), out)
        self.assertRegex(out, "! one: incomplete")
        for child in children:
            self.assertFalse(pathlib.Path(f"/proc/{child}").exists(), "a run was left behind")


CONVERSATIONS = {
    "defaults": {"model": "test-model", "stream": True, "max_tokens": 8},
    "stages": [{"concurrency": 4, "duration": "600ms"}],
    "think_time": "10ms",
    "scenarios": [{"name": "talk", "turns": 3, "content": {"mode": "sized", "approx_input_tokens": 64}}],
}


def hyphens(uuid):
    return "-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:]))


class JoinCase(harness.EndToEnd):
    def join(self, *arguments, expect=0, **named):
        run = subprocess.run([str(JOIN), *map(str, arguments)], capture_output=True, text=True, timeout=60,
                             env=harness.clean_environment(), **named)
        self.assertEqual(expect, run.returncode, run.stdout + run.stderr)
        return run

    def conversations(self, url=None):
        """A run of three-turn conversations; its JSONL's name and its lines."""
        url = url or self.mock("--ttft", "5ms", "--itl", "1ms").url
        run = self.run_load(url, "--config", self.write("talk.json", CONVERSATIONS))
        path, = pathlib.Path(run.directory).glob("results-*.jsonl")
        return path, run.lines

    def figures(self, text):
        """name → (p50, p95, max, n)"""
        return {match[1]: tuple(float(value.replace(",", "")) for value in match.groups()[1:]) for match in
                re.finditer(r"^  (\S.*?) +(-?[\d.,]+) +(-?[\d.,]+) +(-?[\d.,]+) +([\d,]+)$", text, re.MULTILINE)}

    def read_csv(self, path):
        with open(path, newline="") as file:
            return list(csv.DictReader(file))


class Join(JoinCase):
    def test_turns_match_in_order_of_time_whatever_the_order_of_rows(self):
        path, lines = self.conversations()
        rows = os.path.join(self.directory, "rows.csv")
        with open(rows, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["prompt", "created_at", "duration_ms", "upstream_ms", "prompt_tokens", "cache_status"])
            # Newest first, the UUID inside a text, and in figures: which turn this is.
            for line in reversed(lines):
                second = line["start_unix_ms"] / 1000
                stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second))
                stamp += f".{line['start_unix_ms'] % 1000:03}+00"
                writer.writerow([f"user: {hyphens(line['conv_uuid'])} tell me,\nplease", stamp, 1000 * line["turn"],
                                 1000 * line["turn"] - 7, line["prompt_tokens"] + (line["turn"] == 2),
                                 "hit" if line["turn"] == 3 else "miss"])
            writer.writerow(["no uuid at all", "2026-01-01 00:00:00", 1, 1, 1, "miss"])
            writer.writerow(["0" * 32, "2026-01-01 00:00:00", 1, 1, 1, "miss"])
        joined = os.path.join(self.directory, "joined.csv")
        run = self.join(path, "--server", rows, "--column", "uuid=prompt", "--csv", joined)
        self.assertIn(f"matched {len(lines)} of {len(lines)} requests by conv_uuid\n", run.stdout)
        self.assertIn(f"1 of {len(lines) + 2} server rows are left over", run.stdout)
        self.assertIn("1 more hold no key", run.stdout)
        table = self.read_csv(joined)
        self.assertEqual(len(lines), len(table))
        self.assertGreater(sum(row["client_turn"] == "3" for row in table), 3)
        for row, line in zip(table, lines):
            self.assertEqual(float(row["server_latency_ms"]), 1000 * int(row["client_turn"]))
            self.assertEqual(float(row["client_ttft_ms"]), line["ttft_ms"])
        figures = self.figures(run.stdout)
        self.assertEqual((7, 7, 7, len(lines)), figures["server latency − upstream"])
        self.assertEqual((3000, len(lines)), figures["server duration_ms"][2:])
        seconds = sum(line["turn"] == 2 for line in lines)
        self.assertRegex(run.stdout, f"prompt_tokens: .*; {seconds} requests differ")
        hits = sum(line["turn"] == 3 for line in lines)
        self.assertRegex(run.stdout, f"cache_status hit: {hits} requests; client latency p50 ")
        self.assertRegex(run.stdout, f"cache_status miss: {len(lines) - hits} requests; ")

    def test_sqlite_columns_units_and_percentiles(self):
        path, lines = self.conversations()
        name = os.path.join(self.directory, "gateway.db")
        database = sqlite3.connect(name)
        database.execute("CREATE TABLE calls (rid TEXT, at REAL, took REAL, provider INTEGER, first INTEGER)")
        for index, line in enumerate(lines):
            database.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?)", (
                line["conv_uuid"].upper(), line["start_unix_ms"], (line["service_ms"] - index % 20) / 1000,
                round(line["service_ms"] * 1000) - 25000, None))
        database.commit()
        database.close()
        columns = ("--column", "uuid=rid", "--column", "time=at", "--column", "latency=took:s", "--column",
                   "upstream=provider:us", "--column", "ttft=first:us")
        run = self.join(path, "--sqlite", name, "--query", "SELECT * FROM calls", *columns)
        self.assertIn(f"matched {len(lines)} of {len(lines)} requests", run.stdout)
        figures = self.figures(run.stdout)
        known = sorted(index % 20 for index in range(len(lines)))
        ranks = [known[max(0, -(-share * len(known) // 100) - 1)] for share in (50, 95, 100)]
        for found, expected in zip(figures["client service − server latency"], ranks):
            self.assertAlmostEqual(found, expected, delta=0.002)
        self.assertAlmostEqual(25, figures["client service − upstream"][0], delta=0.002)
        self.assertRegex(run.stdout, r"\n  server first +– +– +– +0\n")
        # Half of the rows: the other half is told, and nothing is matched twice.
        run = self.join(path, "--sqlite", name, "--query",
                        "SELECT * FROM calls GROUP BY rid HAVING at = min(at)", *columns)
        first_turns = len({line["conv_uuid"] for line in lines})
        self.assertIn(f"matched {first_turns} of {len(lines)} requests", run.stdout)
        self.assertIn(f"{len(lines) - first_turns} not found among the server's rows", run.stdout)

    def test_rows_of_a_real_gateways_log(self):
        upstream = self.mock("--ttft", "20ms")
        log = os.path.join(self.directory, "rows.csv")
        gateway = self.nginx(
            f"access_log {log} rows; location / {{ proxy_pass {upstream.url}; proxy_http_version 1.1; "
            "proxy_buffering off; }",
            "log_format rows '\"$http_x_request_id\",$msec,$request_time,$upstream_response_time,$status';")
        path, lines = self.conversations(gateway.url)
        gateway.stop()
        logged = pathlib.Path(log).read_text()
        pathlib.Path(log).write_text("http_x_request_id,time,request_time,upstream_response_time,status\n" + logged)
        run = self.join(path, "--server", log)
        self.assertIn(f"matched {len(lines)} of {len(lines)} requests", run.stdout)
        self.assertIn(f"1 of {len(lines) + 1} server rows are left over (each scenario's request before the load",
                      run.stdout)
        figures = self.figures(run.stdout)
        self.assertTrue(20 <= figures["server upstream_response_time"][0] < 100, run.stdout)
        # nginx's clock has ms and runs from the first byte read to the last written: inside the client's time.
        self.assertTrue(-2 <= figures["client service − server latency"][0] < 15, run.stdout)

    def test_failed_and_warm_up_requests_are_in_no_figure_and_refused_ones_do_not_shift_the_turns(self):
        uuid, other = "12345678901242348901234567890123", "22345678901242348901234567890123"
        base = {"stage": 1, "scenario": "s", "conv_uuid": uuid, "warmup": False, "err": None, "latency_ms": 10.0,
                "service_ms": 9.0, "ttft_ms": 5.0, "start_unix_ms": 1, "turn": 1, "status": 200}
        lines = [base | {"warmup": True, "conv_uuid": other},
                 base | {"err": "conn_refused: Connection refused", "latency_ms": 1.0, "status": None},
                 base | {"turn": 1, "latency_ms": 20.0, "service_ms": 19.0},
                 base | {"turn": 2, "err": "http_5xx: 500", "latency_ms": 777.0}]
        path = self.write("results-1.jsonl", "".join(json.dumps(line) + "\n" for line in lines) + '{"torn": ')
        rows = self.write("rows.csv", f"id,latency_ms\n{other},1\n{uuid},17\n{uuid},700\n")
        joined = os.path.join(self.directory, "joined.csv")
        run = self.join(path, "--server", rows, "--csv", joined)
        self.assertIn("matched 3 of 4 requests", run.stdout)
        self.assertIn("1 never reached the server", run.stdout)
        self.assertIn("1 lines of the JSONL are torn", run.stdout)
        self.assertIn("of 1 requests (without 1 of the warm-up and 1 failed)", run.stdout)
        figures = self.figures(run.stdout)
        self.assertEqual((20, 20, 20, 1), figures["client latency"])
        self.assertEqual((2, 2, 2, 1), figures["client service − server latency"])
        self.assertEqual(["1.0", "17.0", "700.0"], [row["server_latency_ms"] for row in self.read_csv(joined)])

    def test_matching_by_the_answers_id(self):
        path, lines = self.conversations()
        rows = self.write("rows.csv", "request_id,ttft_ms\n" +
                          "".join(f"{line['response_id']},{index}\n" for index, line in enumerate(lines)))
        joined = os.path.join(self.directory, "joined.csv")
        run = self.join(path, "--server", rows, "--by", "response_id", "--csv", joined)
        self.assertIn(f"matched {len(lines)} of {len(lines)} requests by response_id", run.stdout)
        self.assertEqual([float(index) for index in range(len(lines))],
                         [float(row["server_ttft_ms"]) for row in self.read_csv(joined)])

    def test_nothing_matched_exits_1(self):
        path, lines = self.conversations()
        rows = self.write("rows.csv", "uuid,latency_ms\n" + "9" * 32 + ",5\n")
        run = self.join(path, "--server", rows, expect=1)
        self.assertIn(f"matched 0 of {len(lines)}", run.stdout)
        self.assertIn(lines[0]["conv_uuid"], run.stdout)

    def test_wrong_use_exits_2(self):
        jsonl = self.write("results-1.jsonl", '{"conv_uuid": "x"}\n')
        rows = self.write("rows.csv", "uuid,latency_ms\n")
        unknown = self.write("unknown.csv", "a,b\n1,2\n")
        empty = self.write("empty.csv", "")
        for arguments, text in (
                ((), "which results"),
                ((jsonl,), "give one of --server"),
                ((jsonl, "--server", rows, "--sqlite", "x"), "give one of --server"),
                ((jsonl, "--sqlite", "x"), "--query: needed"),
                ((jsonl, "--server", rows, "--query", "SELECT 1"), "--query: without meaning"),
                ((jsonl, "--server", "/no/such/file"), "/no/such/file"),
                (("/no/such/file", "--server", rows), "/no/such/file"),
                ((rows, "--server", rows), "no requests in"),
                ((self.write("other.jsonl", "{}\n"), "--server", rows), "no conv_uuid"),
                ((jsonl, "--server", empty), "no header"),
                ((jsonl, "--server", unknown), "--column uuid=NAME"),
                ((jsonl, "--server", unknown, "--column", "uuid=a"), "--column latency=NAME:UNIT"),
                ((jsonl, "--server", rows, "--column", "uuid=nothing"), "have no 'nothing'"),
                ((jsonl, "--server", rows, "--column", "latency=latency_ms:h"), "unit 'h'"),
                ((jsonl, "--server", rows, "--column", "colour=a"), "found 'colour=a'"),
                ((jsonl, "--sqlite", "/no/such/db", "--query", "SELECT 1"), "/no/such/db"),
                ((jsonl, "--psql", "postgresql://u:secret@h/d", "--query", "SELECT 1"), "PGPASSWORD")):
            with self.subTest(arguments=arguments):
                run = self.join(*arguments, expect=2)
                self.assertIn(text, run.stderr)
                self.assertNotIn("secret", run.stderr)


class JoinPostgres(JoinCase):
    """The same against a PostgreSQL that lives for one test, reached through a socket of its own."""

    def start_postgres(self):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not programs:
            self.skipTest("PostgreSQL's server is not installed")
        user = {}
        if os.geteuid() == 0:  # it refuses to run as root
            try:
                user = {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": []}
            except KeyError:
                self.skipTest("root, and no user postgres")
        home = tempfile.TemporaryDirectory(prefix="ringload-pg-")
        self.addCleanup(home.cleanup)
        if user:
            os.chown(home.name, pwd.getpwnam("postgres").pw_uid, user["group"])
        subprocess.run([programs[-1], "-D", home.name + "/data", "-U", "tester", "--auth=trust", "--no-sync"],
                       check=True, capture_output=True, cwd=home.name, **user)
        server = subprocess.Popen([programs[-1].parent / "postgres", "-D", home.name + "/data", "-k", home.name,
                                   "-c", "listen_addresses=", "-F"], cwd=home.name, stderr=subprocess.DEVNULL, **user)
        self.addCleanup(server.wait)
        self.addCleanup(server.send_signal, signal.SIGINT)
        connection = f"host={home.name} user=tester dbname=postgres"
        for _ in range(100):
            if subprocess.run(["psql", "-d", connection, "-c", "SELECT 1"], capture_output=True).returncode == 0:
                return connection
            time.sleep(0.1)
        self.fail("PostgreSQL did not start")

    def test_rows_of_a_query(self):
        connection = self.start_postgres()
        path, lines = self.conversations()
        values = ",".join(f"('{line['conv_uuid']}', to_timestamp({line['start_unix_ms']}/1000.0), "
                          f"interval '{line['turn']} seconds')" for line in lines)
        subprocess.run(["psql", "-d", connection, "-v", "ON_ERROR_STOP=1", "-c",
                        "CREATE TABLE spend (conv uuid, started timestamptz, took interval)", "-c",
                        f"INSERT INTO spend VALUES {values}"], check=True, capture_output=True)
        joined = os.path.join(self.directory, "joined.csv")
        run = self.join(path, "--psql", connection, "--query",
                        "SELECT conv AS id, started AS start_time, extract(epoch FROM took) AS duration_s FROM spend "
                        "ORDER BY random()", "--csv", joined)
        self.assertIn(f"matched {len(lines)} of {len(lines)} requests", run.stdout)
        for row in self.read_csv(joined):
            self.assertEqual(1000 * int(row["client_turn"]), float(row["server_latency_ms"]))
        run = self.join(path, "--psql", connection, "--query", "SELECT nothing FROM spend", expect=2)
        self.assertIn("psql ended with status", run.stderr)
