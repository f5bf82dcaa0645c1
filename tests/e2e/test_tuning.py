"""The tuning script, on a tree of files and in a network namespace of its own, and what doctor says of such hosts."""
import json
import os
import pathlib
import shutil
import stat
import subprocess
import unittest

import harness

SCRIPT = harness.ROOT / "tools/sysctl-tuning.sh"

# A host as distributions ship it: two CPUs, one network card with two queues, a laptop's power saving.
UNTUNED = {
    "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999",
    "proc/sys/net/ipv4/tcp_timestamps": "1",
    "proc/sys/net/ipv4/tcp_tw_reuse": "2",
    "proc/sys/net/ipv4/tcp_max_syn_backlog": "1024",
    "proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456",
    "proc/sys/net/ipv4/tcp_wmem": "4096\t16384\t4194304",
    "proc/sys/net/ipv4/tcp_slow_start_after_idle": "1",
    "proc/sys/net/ipv4/tcp_congestion_control": "cubic",
    "proc/sys/net/core/somaxconn": "4096",
    "proc/sys/net/core/netdev_max_backlog": "1000",
    "proc/sys/net/core/rmem_max": "212992",
    "proc/sys/net/core/wmem_max": "212992",
    "proc/sys/net/netfilter/nf_conntrack_max": "65536",
    "proc/sys/fs/nr_open": "524288",
    "proc/sys/fs/file-max": "9223372036854775807",
    "proc/sys/kernel/osrelease": "6.12.9",
    "proc/sys/kernel/io_uring_disabled": "2",
    "proc/sys/kernel/numa_balancing": "1",
    "sys/devices/system/node/node0/cpulist": "0",
    "sys/devices/system/node/node1/cpulist": "1",
    "sys/devices/system/cpu/online": "0-1",
    "sys/devices/system/cpu/cpu1/online": "1",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc",
    "sys/class/net/lo/address": "00:00:00:00:00:00",
    "sys/class/net/eth0/device/msi_irqs/41": "msix",
    "sys/class/net/eth0/device/msi_irqs/42": "msix",
    "proc/irq/41/smp_affinity_list": "0",
    "proc/irq/42/smp_affinity_list": "0",
}
for cpu in ("cpu0", "cpu1"):
    base = f"sys/devices/system/cpu/{cpu}"
    UNTUNED[f"{base}/cpufreq/scaling_governor"] = "powersave"
    for state, (name, latency) in enumerate((("POLL", 0), ("C1", 2), ("C6", 133))):
        UNTUNED[f"{base}/cpuidle/state{state}/name"] = name
        UNTUNED[f"{base}/cpuidle/state{state}/latency"] = str(latency)
        UNTUNED[f"{base}/cpuidle/state{state}/disable"] = "0"

# What --apply must make of it; everything else must stay as it is.
TUNED = {
    "proc/sys/net/ipv4/ip_local_port_range": "1024 65535",
    "proc/sys/net/ipv4/tcp_tw_reuse": "1",
    "proc/sys/net/ipv4/tcp_max_syn_backlog": "65535",
    "proc/sys/net/ipv4/tcp_rmem": "4096 131072 16777216",
    "proc/sys/net/ipv4/tcp_wmem": "4096 16384 16777216",
    "proc/sys/net/ipv4/tcp_slow_start_after_idle": "0",
    "proc/sys/net/core/somaxconn": "65535",
    "proc/sys/net/core/netdev_max_backlog": "65536",
    "proc/sys/net/core/rmem_max": "16777216",
    "proc/sys/net/core/wmem_max": "16777216",
    "proc/sys/net/netfilter/nf_conntrack_max": "1048576",
    "proc/sys/fs/nr_open": "1048576",
    "proc/sys/kernel/io_uring_disabled": "0",
    "proc/sys/kernel/numa_balancing": "0",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance",
    "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance",
    "sys/devices/system/cpu/cpu0/cpuidle/state2/disable": "1",
    "sys/devices/system/cpu/cpu1/cpuidle/state2/disable": "1",
    "proc/irq/42/smp_affinity_list": "1",
}
LIMITS = "etc/security/limits.d/90-ringload.conf"
STATE = "var/lib/ringload/sysctl-tuning.state"

# Settings that a network namespace has of its own.
NAMESPACED = {
    "net.ipv4.ip_local_port_range": ("32768 60999", "1024 65535"),
    "net.ipv4.tcp_tw_reuse": ("0", "1"),
    "net.ipv4.tcp_timestamps": ("0", "1"),
    "net.ipv4.tcp_max_syn_backlog": ("256", "65535"),
    "net.ipv4.tcp_rmem": ("4096 131072 6291456", "4096 131072 16777216"),
    "net.ipv4.tcp_wmem": ("4096 16384 4194304", "4096 16384 16777216"),
    "net.ipv4.tcp_slow_start_after_idle": ("1", "0"),
    "net.core.somaxconn": ("128", "65535"),
}


def script(*arguments, **named):
    return subprocess.run([str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, timeout=60, **named)


class FakeHost(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.root = pathlib.Path(self.directory) / "host"
        for path, value in UNTUNED.items():
            self.put(path, value)

    def put(self, path, value):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(value + "\n")

    def tree(self):
        """Every file's words, but the script's own."""
        return {str(path.relative_to(self.root)): " ".join(path.read_text().split())
                for path in self.root.rglob("*") if path.is_file()}

    def untuned(self):
        return {path: " ".join(value.split()) for path, value in UNTUNED.items()}


class OnATree(FakeHost):
    def test_check_names_every_shortfall_and_changes_nothing(self):
        run = script("--check", "--root", self.root)
        self.assertEqual(1, run.returncode, run.stdout + run.stderr)
        self.assertEqual(self.untuned(), self.tree())
        for path, value in TUNED.items():
            if path.startswith("proc/sys/"):
                name = path[len("proc/sys/"):].replace("/", ".")
                lines = [line for line in run.stdout.splitlines() if line.split()[:2] == ["short", name]]
                self.assertEqual(1, len(lines), name)
                self.assertIn(f"wanted {value}: ", lines[0])
                self.assertGreater(len(lines[0].split(f"wanted {value}: ")[1]), 20, "no reason: " + lines[0])

    def test_apply_sets_each_value_and_revert_brings_each_back(self):
        run = script("--apply", "--root", self.root)
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        tree = self.tree()
        self.assertIn(STATE, tree)
        del tree[STATE]
        self.assertIn("hard nofile 1048576", tree.pop(LIMITS))
        self.assertEqual(self.untuned() | TUNED, tree)
        self.assertEqual(0, script("--check", "--root", self.root).returncode)

        run = script("--revert", "--root", self.root)
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        self.assertEqual(self.untuned(), self.tree())

    def test_applying_twice_still_reverts_to_what_was_there_first(self):
        script("--apply", "--root", self.root)
        self.put("proc/sys/net/core/somaxconn", "200")  # somebody else changes it in between
        state = (self.root / STATE).read_text()
        run = script("--apply", "--root", self.root)
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        self.assertEqual(state, (self.root / STATE).read_text())
        self.assertEqual("65535", self.tree()["proc/sys/net/core/somaxconn"])
        script("--revert", "--root", self.root)
        self.assertEqual(self.untuned(), self.tree())
        run = script("--revert", "--root", self.root)
        self.assertEqual(0, run.returncode)
        self.assertIn("nothing to revert", run.stdout)

    def test_larger_values_are_kept(self):
        for path, value in (("net/core/somaxconn", "100000"), ("net/core/rmem_max", "67108864"),
                            ("net/ipv4/tcp_rmem", "4096 131072 33554432"),
                            ("net/ipv4/ip_local_port_range", "2000 65000")):
            self.put("proc/sys/" + path, value)
        script("--apply", "--root", self.root)
        tree = self.tree()
        self.assertEqual("100000", tree["proc/sys/net/core/somaxconn"])
        self.assertEqual("67108864", tree["proc/sys/net/core/rmem_max"])
        self.assertEqual("4096 131072 33554432", tree["proc/sys/net/ipv4/tcp_rmem"])
        self.assertEqual("2000 65000", tree["proc/sys/net/ipv4/ip_local_port_range"])

    def test_an_own_limits_file_comes_back_line_by_line(self):
        self.put(LIMITS, "* soft nofile 5\n* hard nofile 6")
        script("--apply", "--root", self.root)
        self.assertIn("1048576", (self.root / LIMITS).read_text())
        script("--revert", "--root", self.root)
        self.assertEqual("* soft nofile 5\n* hard nofile 6\n", (self.root / LIMITS).read_text())

    def test_only_limits_what_is_touched(self):
        script("--apply", "--root", self.root, "--only", "net.core")
        tree = self.tree()
        self.assertEqual("65535", tree["proc/sys/net/core/somaxconn"])
        self.assertEqual("2", tree["proc/sys/net/ipv4/tcp_tw_reuse"])
        self.assertEqual("powersave", tree["sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"])
        self.assertNotIn(LIMITS, tree)

    def test_what_a_host_does_not_have_is_no_failure(self):
        (self.root / "proc/sys/kernel/numa_balancing").unlink()
        shutil.rmtree(self.root / "sys/devices/system/cpu/cpu0/cpufreq")
        run = script("--apply", "--root", self.root)
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        self.assertIn("absent", run.stdout)
        self.assertNotIn("proc/sys/kernel/numa_balancing", self.tree())

    def test_a_value_that_cannot_be_written_is_told_and_the_others_are_set(self):
        blocked = self.root / "proc/sys/net/core/somaxconn"
        blocked.unlink()
        blocked.symlink_to("/proc/sys/kernel/ostype")  # readable, and no one may write it
        run = script("--apply", "--root", self.root)
        self.assertEqual(1, run.returncode)
        self.assertIn("cannot write '65535'", run.stderr)
        self.assertEqual("1", self.tree()["proc/sys/net/ipv4/tcp_tw_reuse"])

    def test_wrong_use_exits_2(self):
        for arguments, text in (((), "--check"), (("--frobnicate",), "--frobnicate"), (("--root",), "--root"),
                                (("--check", "--apply"), "give one of"),
                                (("--check", "--root", "/no/such/dir"), "/no/such/dir")):
            with self.subTest(arguments=arguments):
                run = script(*arguments)
                self.assertEqual(2, run.returncode)
                self.assertIn(text, run.stderr)

    def test_without_root_it_says_how(self):
        nobody = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
        # The sources may stand where nobody can read them.
        copy = pathlib.Path("/tmp") / f"sysctl-tuning-{os.getpid()}.sh"
        shutil.copy(SCRIPT, copy)
        self.addCleanup(copy.unlink)
        copy.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
        for action in ("--apply", "--revert"):
            run = subprocess.run([str(copy), action], capture_output=True, text=True, cwd="/", **nobody)
            self.assertEqual(2, run.returncode, run.stdout + run.stderr)
            self.assertIn("must be run as root: sudo", run.stderr)


class InANamespace(harness.EndToEnd):
    """The kernel's own files, where nothing of the host can be harmed."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root for a network namespace")
        if shutil.which("ip") is None:
            self.skipTest("needs ip (package iproute2) for a network namespace")
        self.name = f"ringload-tuning-{os.getpid()}"
        made = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, text=True)
        if made.returncode != 0:
            self.skipTest("cannot make a network namespace: " + made.stderr.strip())
        self.addCleanup(subprocess.run, ["ip", "netns", "del", self.name], check=False)

    def inside(self, *command):
        return subprocess.run(["ip", "netns", "exec", self.name, *map(str, command)], capture_output=True, text=True,
                              timeout=60)

    def value(self, name):
        run = self.inside("cat", "/proc/sys/" + name.replace(".", "/"))
        self.assertEqual(0, run.returncode, run.stderr)
        return " ".join(run.stdout.split())

    def tune(self, action):
        only = [word for name in NAMESPACED for word in ("--only", name)]
        return self.inside(SCRIPT, action, "--state", pathlib.Path(self.directory) / "state", *only)

    def test_each_value_after_apply_and_after_revert(self):
        host = pathlib.Path("/proc/sys/net/ipv4/tcp_max_syn_backlog").read_text()
        for name, (before, _) in NAMESPACED.items():
            written = self.inside("sh", "-c", f"echo '{before}' >/proc/sys/{name.replace('.', '/')}")
            self.assertEqual(0, written.returncode, written.stderr)
        run = self.tune("--apply")
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        for name, (_, after) in NAMESPACED.items():
            self.assertEqual(after, self.value(name), name)
        self.assertEqual(0, self.tune("--check").returncode)
        run = self.tune("--revert")
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        for name, (before, _) in NAMESPACED.items():
            self.assertEqual(before, self.value(name), name)
        self.assertEqual(host, pathlib.Path("/proc/sys/net/ipv4/tcp_max_syn_backlog").read_text())


class Doctor(FakeHost):
    def facts(self, run):
        return {fact["name"]: fact for fact in json.loads(run.out)["facts"]}

    def test_this_host_is_judged_and_every_shortfall_has_a_remedy(self):
        run = self.ringload("doctor", "--json")
        self.assertIn(run.status, (0, 1), str(run))
        report = json.loads(run.out)
        self.assertEqual(report["fit"], run.status == 0)
        for fact in report["facts"]:
            self.assertEqual(fact["fitness"] == "ok", fact["remedy"] is None, fact)
        if run.status == 0:
            self.assertNotEqual("unfit", self.facts(run)["io_uring"]["fitness"])

    def test_an_unfit_host_exits_1_and_a_tuned_one_is_fit(self):
        self.put("proc/self/limits", "Max open files            1024                 1048576              files")
        run = self.ringload("doctor", "--root", self.root, "--json")
        self.assertEqual(1, run.status, str(run))
        facts = self.facts(run)
        self.assertEqual("unfit", facts["kernel.io_uring_disabled"]["fitness"])
        self.assertEqual("could_be_better", facts["CPU governor"]["fitness"])
        self.assertEqual("could_be_better", facts["IRQ affinity"]["fitness"])
        self.assertIn("--source-ip", facts["net.ipv4.ip_local_port_range"]["remedy"])
        text = self.ringload("doctor", "--root", self.root)
        self.assertEqual(1, text.status)
        self.assertIn("unfit to generate load", text.out)
        self.assertLessEqual(max(map(len, text.out.splitlines())), 100)
        quiet = self.ringload("doctor", "--root", self.root, "--quiet")
        self.assertEqual((1, ""), (quiet.status, quiet.out))
        self.assertIn("kernel.io_uring_disabled", quiet.err)

        script("--apply", "--root", self.root)
        tuned = self.ringload("doctor", "--root", self.root, "--json")
        self.assertEqual(0, tuned.status, str(tuned))
        short = [name for name, fact in self.facts(tuned).items() if fact["fitness"] != "ok" and name != "io_uring"]
        self.assertEqual([], short, "what doctor asks for, the script does not do")

    def test_wrong_use_exits_2(self):
        for arguments in (("--root", "/no/such/dir"), ("--root", self.root, "--calibrate"), ("extra",)):
            run = self.ringload("doctor", *arguments)
            self.assertEqual(2, run.status, str(run))

    def test_calibration_finds_throughput_and_lateness(self):
        run = self.ringload("doctor", "--calibrate", "--json")
        if run.status == 1:
            self.skipTest("this host is unfit: nothing is calibrated")
        self.assertEqual(0, run.status, str(run))
        found = json.loads(run.out)["calibration"]
        for kind in ("plain", "streamed"):
            self.assertGreater(found[kind]["requests_per_s_per_shard"], 500)
            self.assertEqual(0, found[kind]["error_rate"])
        timing = found["timing"]
        self.assertGreaterEqual(timing["rate"], 100)
        self.assertGreaterEqual(timing["sched_lag_p99_us"], timing["sched_lag_p50_us"])
        # The mock never answers early, and TTFT cannot be shorter than what it waits.
        self.assertGreater(timing["ttft_error_p50_us"], -100)


if __name__ == "__main__":
    unittest.main()
