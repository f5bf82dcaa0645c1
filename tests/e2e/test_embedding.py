"""What an installed ringload offers to programs: headers, one archive, and pkg-config's word on how to use them."""
import json
import os
import pathlib
import shlex
import subprocess
import tempfile
import unittest

import harness

PROGRAM = pathlib.Path(__file__).with_name("embedding.cc")


class Embedding(harness.EndToEnd):
    def test_a_program_runs_load_by_what_was_installed(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        subprocess.run(["meson", "install", "-C", harness.BUILD, "--no-rebuild", "--destdir", root.name, "--quiet"],
                       check=True, capture_output=True)
        (description,) = pathlib.Path(root.name).rglob("ringload.pc")
        prefix = next(line.split("=")[1] for line in description.read_text().splitlines() if line.startswith("prefix="))
        asked = subprocess.run(["pkg-config", f"--define-variable=prefix={root.name}{prefix}", "--cflags", "--libs",
                                "ringload"], check=True, capture_output=True, text=True,
                               env={**os.environ, "PKG_CONFIG_PATH": str(description.parent)})
        program = f"{root.name}/program"
        built = subprocess.run(["c++", PROGRAM, "-o", program, *shlex.split(asked.stdout)], capture_output=True,
                               text=True)
        self.assertEqual(0, built.returncode, built.stderr)
        mock = self.mock()
        run = subprocess.run([program, mock.url], capture_output=True, text=True, timeout=60)
        self.assertEqual(0, run.returncode, run.stderr)
        summary = json.loads(run.stdout)
        self.assertEqual(200, summary["stages"][0]["total"]["ok"])
        self.assertEqual({"scheduled": 200, "ok": 200, "failed": 0},
                         {key: summary["conservation"][key] for key in ("scheduled", "ok", "failed")})


if __name__ == "__main__":
    unittest.main()
