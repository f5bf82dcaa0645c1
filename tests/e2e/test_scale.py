"""20,000 connections from two shards: no error, and next to no process file descriptors."""
import os
import resource
import threading
import time
import unittest

import harness

CONNECTIONS = 20_000


class Scale(harness.EndToEnd):
    @unittest.skipUnless(resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 12_000,
                         "RLIMIT_NOFILE's hard limit is below 12,000: a ring's file table would not fit")
    def test_20000_concurrent_connections_with_few_fds(self):
        # Each answer takes 8 s, so all of them are open at once. Three mock shards: the kernel does not spread
        # connections evenly over two tables that would have to hold 10,000 each.
        mock = self.mock("--ttft", "8s", shards=3)
        running = self.start("run", "--target", mock.url, "--model", "m", "--stream", "on", "--max-tokens", 4,
                             "--shards", 2, "--concurrency", CONNECTIONS, "--requests", CONNECTIONS,
                             "--duration", "60s", "--html", "off", "--live", "off", "--no-preflight", "--jsonl", "off")
        peak, done = [0], threading.Event()

        def watch():
            while not done.wait(0.1):
                try:
                    peak[0] = max(peak[0], len(os.listdir(f"/proc/{running.process.pid}/fd")))
                except OSError:
                    return
        watcher = threading.Thread(target=watch)
        watcher.start()
        run = running.finish(120)
        done.set()
        watcher.join()
        self.assertEqual(0, run.status, str(run))
        total = run.summary["aggregate"]
        self.assertEqual(CONNECTIONS, total["ok"], total["errors"])
        self.assertEqual({}, {name: n for name, n in total["errors"].items() if n})
        self.assertGreater(peak[0], 0)
        self.assertLessEqual(peak[0], 64)


class LongRun(harness.EndToEnd):
    @unittest.skipUnless(harness.LONG, "takes a minute: run with --long")
    def test_a_minute_of_open_loop_keeps_its_memory(self):
        mock = self.mock("--ttft", "5ms", "--itl", "1ms")
        running = self.start("run", "--target", mock.url, "--model", "m", "--stream", "on", "--rate", 500, "--duration",
                             "60s", "--html", "off", "--live", "off", "--max-tokens", 20)

        def resident():
            with open(f"/proc/{running.process.pid}/statm") as file:
                return int(file.read().split()[1]) * resource.getpagesize()
        time.sleep(10)
        early = resident()
        time.sleep(45)
        late = resident()
        run = running.finish(120)
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        self.assertLess(late - early, 8 << 20, "memory grows under load")


if __name__ == "__main__":
    unittest.main()
