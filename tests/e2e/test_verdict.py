"""Is the generator the bottleneck? What takes its ports, files, slots or CPU away is named; a target that is slow, full or
rude is never called that."""
import json
import os
import resource
import shutil
import subprocess
import unittest

import harness

PLAIN = ("--stream", "off", "--no-preflight", "--html", "off", "--live", "off", "--jsonl", "off")


class Verdict(harness.EndToEnd):
    def judged(self, *arguments, before=(), expect=None, limit_files=None):
        """A run of ringload that may be put behind another command; its summary and what it printed."""
        out = os.path.join(self.directory, f"judged{self.runs}")
        self.runs += 1
        command = [*before, str(harness.RINGLOAD), "run", "--model", "m", "--out", out, *PLAIN, *map(str, arguments)]

        def limit():
            if limit_files is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit_files, limit_files))
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, preexec_fn=limit,
                              env=harness.clean_environment())
        if expect is not None:
            self.assertEqual(expect, done.returncode, done.stdout + done.stderr)
        with open(os.path.join(out, "latest")) as file:
            return json.load(file), done.stdout

    def assert_invalid(self, summary, sign, words):
        health = summary["generator_health"]
        self.assertEqual("invalid", health["verdict"], health["reasons"])
        reason = next((reason for reason in health["reasons"] if reason["sign"] == sign), None)
        self.assertIsNotNone(reason, health["reasons"])
        self.assertIn(words, reason["detail"])

    def test_a_limit_of_64_files(self):
        mock = self.mock("--ttft", "1s")
        summary, out = self.judged("--target", mock.url, "--rate", 200, "--duration", "2s", limit_files=64, expect=3)
        self.assert_invalid(summary, "shed", "limit of open files")
        self.assertIn("INVALID", out)
        self.assertEqual(64, summary["generator_health"]["fd"]["limit"])

    def test_a_range_of_100_ports(self):
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            self.skipTest("needs root and unshare for a network namespace")
        script = self.write("ports.sh", f"""
ip link set lo up && echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range || exit 9
{harness.RINGLOAD} mock --listen 127.0.0.1:39000 --shards 1 --ttft 1s >/dev/null & mock=$!
for i in 1 2 3 4 5 6 7 8 9 10; do (exec 3<>/dev/tcp/127.0.0.1/39000) 2>/dev/null && break; sleep 0.1; done
"$@"; status=$?
kill $mock; wait $mock
exit $status
""")
        before = ("unshare", "-n", "bash", script)
        load = ("--target", "http://127.0.0.1:39000", "--rate", 300, "--duration", "2s")
        summary, _ = self.judged(*load, "--source-ip", "127.0.0.1", before=before, expect=3)
        self.assert_invalid(summary, "shed", "local ports")
        ports = summary["generator_health"]["ports"]
        self.assertEqual(100, ports["available"])
        self.assertGreater(ports["used_peak"], 60)
        self.assertEqual(("127.0.0.1", "127.0.0.1:39000"), (ports["pairs"][0]["source"], ports["pairs"][0]["target"]))
        # Left to itself it spreads over more addresses of the loopback network.
        summary, _ = self.judged(*load, "--allow-invalid", before=before, expect=0)
        self.assertEqual(summary["conservation"]["scheduled"], summary["conservation"]["ok"])
        self.assertGreater(len(summary["generator_health"]["ports"]["pairs"]), 4)
        # One connection for each user is the least.
        refused = subprocess.run([*before, str(harness.RINGLOAD), "run", "--model", "m", "--target",
                                  "http://127.0.0.1:39000", "--source-ip", "127.0.0.1", "--concurrency", "101", "--out",
                                  "none"], capture_output=True, text=True, timeout=30)
        self.assertEqual(2, refused.returncode, refused.stderr)
        self.assertIn("101 VUs", refused.stderr)
        self.assertIn("--source-ip", refused.stderr)

    def test_closed_connections_are_foreseen_in_time_wait(self):
        profile = self.write("closing.json", {"defaults": {"model": "m", "target": "http://127.0.0.1:9"},
                                              "disable_keepalive": True, "stages": [{"rate": 300, "duration": "2s"}]})
        mock = self.mock()
        summary, _ = self.judged("--config", profile, "--target", mock.url, "--allow-invalid", expect=0)
        pair = summary["generator_health"]["ports"]["pairs"][0]
        # At most 300/s of 60 s; what the target closes first is left to it.
        self.assertGreater(pair["time_wait_predicted"], 0)
        self.assertLess(pair["time_wait_predicted"], 21_000)
        check = self.ringload("check", "--config", profile, "--json")
        plan = json.loads(check.out)["plan"]
        self.assertEqual(18_000, plan["time_wait_sockets"])
        text = self.ringload("check", "--config", profile).out
        for word in ("TIME_WAIT", "bandwidth", "CPU", "in flight"):
            self.assertIn(word, text)

    def test_a_target_at_fault_is_never_the_generators(self):
        cases = {
            "slow": (("--ttft", "300ms"), ("--rate", 100)),
            "saturated": (("--slots", "1", "--service", "10ms", "--queue", "100000"), ("--rate", 300)),
            "answers 429 to half": (("--rps", "100", "--burst", "1"), ("--rate", 200)),
            "closes its connections": (("--fault", "reset=20%"), ("--rate", 200)),
            "a closed loop": ((), ("--concurrency", 8)),
        }
        late = {"sched_lag_p99", "receive_lag_p99", "busy", "wrong_bin", "offered_rate", "other_load", "steal",
                "cpu_quota"}
        for name, (options, load) in cases.items():
            with self.subTest(target=name):
                mock = self.mock(*options)
                summary, _ = self.judged("--target", mock.url, *load, "--duration", "1500ms", "--allow-invalid")
                signs = {reason["sign"] for reason in summary["generator_health"]["reasons"]}
                self.assertEqual(set(), signs - late, "a busy machine may show, nothing else")


if __name__ == "__main__":
    unittest.main()
