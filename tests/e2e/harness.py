"""What every end-to-end test stands on: the built binary, servers on free ports, and what a run left behind.

The build directory is taken from RINGLOAD_BUILD (build-test, then build, beside the sources). Nothing here knows how
ringload works inside: tests see the command line, the files and what servers counted.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONG = os.environ.get("RINGLOAD_LONG") == "1"


def build_directory():
    if "RINGLOAD_BUILD" in os.environ:
        return pathlib.Path(os.environ["RINGLOAD_BUILD"]).resolve()
    for name in ("build-test", "build"):
        if (ROOT / name / "src/cli/ringload").exists():
            return ROOT / name
    return ROOT / "build-test"


BUILD = build_directory()
RINGLOAD = BUILD / "src/cli/ringload"
FIXED_SERVER = BUILD / "bench/fixed_server"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process=None, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port}")


class Finished:
    """A run that has ended: exit status, what it printed, and what it wrote."""

    def __init__(self, status, out, err, directory):
        self.status, self.out, self.err, self.directory = status, out, err, directory

    @property
    def summary(self):
        latest = pathlib.Path(self.directory) / "latest"
        if not latest.exists():
            raise AssertionError(f"no summary; exit {self.status}\n{self}")
        return json.loads(latest.read_text())

    @property
    def printed_summary(self):
        return json.loads(self.out)

    @property
    def lines(self):
        """The JSONL records; a torn last line counts as none."""
        records = []
        for path in sorted(pathlib.Path(self.directory).glob("results-*.jsonl")):
            for line in path.read_text().split("\n")[:-1]:
                records.append(json.loads(line))
        return records

    @property
    def sent(self):
        """Every request that left, by ringload's own account."""
        balance = self.summary["conservation"]
        return balance["scheduled"] - balance["shed"] + balance["resent"] + balance["preflight"]

    def __str__(self):
        return f"--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Running:
    """A run in progress, for tests that send signals."""

    def __init__(self, command, directory, env):
        self.directory = directory
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
                                        stdin=subprocess.DEVNULL)

    def signal(self, number):
        self.process.send_signal(number)

    def finish(self, timeout=60):
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"ringload still ran after {timeout} s\n--- stdout\n{out}\n--- stderr\n{err}")
        return Finished(self.process.returncode, out, err, self.directory)


def clean_environment(extra=None):
    """Without what would change a run: our own variables, proxies, keys and CI's."""
    env = {name: value for name, value in os.environ.items()
           if not re.match(r"RINGLOAD_|GITHUB_|OPENAI_|ANTHROPIC_|.*_proxy$|.*_PROXY$|NO_COLOR$|CLICOLOR", name)}
    env.update(extra or {})
    return env


@unittest.skipUnless(RINGLOAD.exists(), f"{RINGLOAD} is not built")
class EndToEnd(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ringload-e2e-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.runs = 0

    # ---- ringload ----

    def start(self, *arguments, env=None):
        self.runs += 1
        out = os.path.join(self.directory, f"out{self.runs}")
        command = [str(RINGLOAD), *map(str, arguments)]
        if arguments and arguments[0] in ("run", "knee", "versus") and "--out" not in arguments:
            command += ["--out", out]
        elif "--out" in arguments:
            out = str(arguments[arguments.index("--out") + 1])
        return Running(command, out, clean_environment(env))

    def ringload(self, *arguments, timeout=60, env=None):
        run = self.start(*arguments, env=env).finish(timeout)
        if run.status == 2 and "not available yet" in run.err:
            self.skipTest(" ".join(run.err.split()))
        return run

    def run_load(self, url, *arguments, expect=0, timeout=60, env=None):
        """`ringload run` against url with quick defaults; fails when the exit status is not `expect`."""
        run = self.ringload("run", "--target", url, "--model", "test-model", "--html", "off", "--live", "off",
                            *arguments, timeout=timeout, env=env)
        if expect is not None:
            self.assertEqual(expect, run.status, str(run))
        return run

    def write(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(content if isinstance(content, str) else json.dumps(content, indent=2))
        return path

    # ---- what must hold of every run ----

    def assert_balanced(self, run):
        balance = run.summary["conservation"]
        self.assertEqual(balance["scheduled"], balance["ok"] + balance["failed"] + balance["cancelled"] +
                         balance["shed"] + balance["in_flight_at_stop"], balance)
        self.assertEqual(balance["scheduled"], len(run.lines), "one JSONL line for each scheduled request")

    def assert_all_ok(self, run):
        balance = run.summary["conservation"]
        self.assertEqual(balance["scheduled"], balance["ok"], run.summary["aggregate"]["errors"])
        self.assert_balanced(run)

    # ---- servers ----

    def mock(self, *options, shards=1):
        mock = Mock(self.directory, options, shards)
        self.addCleanup(mock.kill)
        return mock

    def fixed_server(self, *options):
        if not FIXED_SERVER.exists():
            self.skipTest("bench/fixed_server is not built (meson -Dbench=enabled)")
        server = FixedServer(options)
        self.addCleanup(server.kill)
        return server

    def nginx(self, server_block, http_block=""):
        if shutil.which("nginx") is None:
            self.skipTest("nginx is not installed")
        server = Nginx(tempfile.mkdtemp(dir=self.directory), server_block, http_block)
        self.addCleanup(server.kill)
        return server


class ServerProcess:
    process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def stop(self, timeout=20):
        self.process.send_signal(signal.SIGTERM)
        self.out = self.process.communicate(timeout=timeout)[0]
        return self.process.returncode


class Mock(ServerProcess):
    """`ringload mock`; counts() asks its /metrics."""

    def __init__(self, directory, options, shards):
        self.port = free_port()
        self.log = open(os.path.join(directory, f"mock-{self.port}.log"), "w")
        self.process = subprocess.Popen(
            [str(RINGLOAD), "mock", "--listen", f"127.0.0.1:{self.port}", "--shards", str(shards), *map(str, options)],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=clean_environment())
        try:
            wait_for_port(self.port, self.process)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}: {pathlib.Path(self.log.name).read_text()}") from None

    def metrics(self):
        """Every sample of /metrics by its full name, labels included."""
        text = urllib.request.urlopen(self.url + "/metrics", timeout=10).read().decode()
        samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples


class FixedServer(ServerProcess):
    """bench/fixed_server: canned answers, counted by code that ringload does not share."""

    def __init__(self, options):
        self.process = subprocess.Popen([str(FIXED_SERVER), "--listen", "127.0.0.1:0", *options],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def counts(self):
        self.stop()
        return json.loads(self.out.strip().splitlines()[-1])


class Nginx(ServerProcess):
    """nginx with the given server block; its access log is the witness."""

    def __init__(self, directory, server_block, http_block):
        self.port = free_port()
        self.access_log = os.path.join(directory, "access.log")
        os.chmod(directory, 0o755)
        temporary = "".join(f"{kind}_temp_path {directory}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = os.path.join(directory, "nginx.conf")
        user = "user root;\n" if os.geteuid() == 0 else ""
        with open(config, "w") as file:
            # One process: a worker would outlive a killed master.
            file.write(f"""{user}daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  log_format counted '$status $connection $connection_requests $request_uri';
  access_log {self.access_log} counted;
  {temporary}
  client_max_body_size 16m;
  client_body_buffer_size 1m;
  keepalive_requests 1000000;
  {http_block}
  server {{
    listen 127.0.0.1:{self.port};
    {server_block}
  }}
}}
""")
        self.process = subprocess.Popen(["nginx", "-c", config, "-p", directory, "-e", f"{directory}/error.log"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.error_log = os.path.join(directory, "error.log")
        try:
            wait_for_port(self.port, self.process)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"nginx: {error} {open(self.error_log).read()}") from None

    def logged(self):
        """(status, connection, request number on it, path) of every request that nginx answered."""
        self.stop()
        with open(self.access_log) as file:
            rows = [line.split() for line in file]
        return [(int(status), int(connection), int(number), uri) for status, connection, number, uri in rows]
