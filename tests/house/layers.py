#!/usr/bin/env python3
"""Who may use whom, checked twice: by the includes of each folder, and by linking each folder's archive whole with
nothing but the archives of the folders that it may use. Meson groups static libraries, so a call upwards would link
unnoticed. `layers.py BUILD` prints TAP."""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder → folders that it may include. `include/ringload` is open to all but base, io, tls and codec.
ALLOWED = {
    "base": [],
    "stats": ["base"],
    "codec": ["base"],
    "tls": ["base"],
    "io": ["base"],
    "net": ["base", "codec", "io", "tls"],
    "protocol": ["base", "codec"],
    "load": ["base", "protocol"],
    "report": ["stats"],
    "health": ["base", "io", "load", "net", "stats"],
    "engine": ["base", "codec", "health", "io", "load", "net", "protocol", "report", "stats", "tls"],
    "mock": ["base", "io", "net", "tls"],
    "sim": ["base", "io"],
    "experiment": ["base", "engine", "health", "io", "load", "mock", "net", "protocol", "report", "stats"],
}
EVERYTHING = "cli"  # sees all
PUBLIC_IMPLEMENTATION = ["stats"]  # of metrics.h and outcome.h: who may include those links with it
WITHOUT_PUBLIC_HEADERS = {"base", "io", "tls", "codec"}
# Some folders may use only a part of another.
PARTS = {("load", "protocol"): {"protocol/registry.h"},
         ("mock", "net"): {"net/address.h", "net/stream.h", "net/listener.h"}}
# The only folders that know a library.
LIBRARIES = {"liburing.h": {"io", "sim"}, "simdjson.h": {"protocol", "load", "report", "mock", "cli"},
             "CLI/CLI.hpp": {"cli"}, "zlib.h": {"stats"}, "openssl/": {"tls"}}
# Archives that are not named after their folder; what of a folder one archive may use.
ARCHIVES = {"net": ["net_stream", "net_client"]}
ONLY = {"net_stream": ["base", "io", "tls"], "mock": ["base", "io", "net_stream", "tls"]}
SYSTEM = ["-luring", "-lsimdjson", "-lfmt", "-lz", "-lpthread", "-lanl"]


def includes(folder):
    """(file, line, what) of every include below the folder."""
    for path in sorted((ROOT / "src" / folder).glob("**/*")):
        if path.suffix in (".h", ".cc"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
                if found:
                    yield path.relative_to(ROOT), number, found[1] == '"', found[2]


def wrong_includes(folder):
    for path, number, ours, name in includes(folder):
        where = f"{path}:{number}"
        if not ours:
            for library, folders in LIBRARIES.items():
                if name.startswith(library) and folder not in folders:
                    yield f"{where} includes <{name}>, which only {', '.join(sorted(folders))} may"
            continue
        other = name.split("/")[0]
        if other == folder or folder == EVERYTHING:
            continue
        if other == "ringload":
            if folder in WITHOUT_PUBLIC_HEADERS and name != "ringload/version.h":
                yield f"{where} includes {name}: {folder} knows nothing of the public face"
        elif other not in ALLOWED[folder]:
            yield f"{where} includes {name}: {folder} may use {', '.join(ALLOWED[folder]) or 'nothing'}"
        elif name not in PARTS.get((folder, other), {name}):
            yield f"{where} includes {name}: of {other}, {folder} may use {', '.join(sorted(PARTS[folder, other]))}"


def archives_of(folder):
    return ARCHIVES.get(folder, [folder])


def below(folder, seen=None):
    """The folders that it may use, and those that these may."""
    seen = set() if seen is None else seen
    for other in ALLOWED.get(folder, []):
        if other not in seen:
            seen.add(other)
            below(other, seen)
    return seen


def archive_path(build, archive):
    found = list(build.glob(f"src/*/lib{archive}.a"))
    return found[0] if found else None


def link(build, folder, archive):
    """None when the archive links whole, else what is missing."""
    names = ONLY.get(archive) or [name for other in sorted(below(folder)) for name in archives_of(other)]
    names = names + (["net_stream"] if archive == "net_client" else [])
    names = names + ([] if folder in WITHOUT_PUBLIC_HEADERS | {"stats"} else PUBLIC_IMPLEMENTATION)
    others = [str(path) for name in names if (path := archive_path(build, name))]
    with tempfile.TemporaryDirectory() as directory:
        command = ["c++", "-shared", "-o", f"{directory}/whole.so", "-Wl,--no-undefined", "-Wl,--whole-archive",
                   str(archive_path(build, archive)), "-Wl,--no-whole-archive", "-Wl,--start-group", *others,
                   "-Wl,--end-group", *SYSTEM]
        if folder in ("tls", "net", "engine", "mock", "experiment"):
            directories = sorted(pathlib.Path("/usr/lib").glob("*/android"))
            command += [f"-L{path}" for path in directories]
            command += ["-lssl", "-lcrypto"] if directories else []
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    missing = sorted(set(re.findall(r"undefined reference to `([^']+)'", done.stderr)))
    return "\n".join(missing[:10]) or done.stderr[-2000:]


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    results = []
    folders = sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir() and any(path.glob("*.cc")))
    for folder in folders:
        if folder not in ALLOWED and folder != EVERYTHING:
            results.append((f"folder {folder} has a place", f"add {folder} to ALLOWED"))
            continue
        results.append((f"includes of {folder}", "\n".join(wrong_includes(folder))))
        if folder != EVERYTHING:
            results += [(f"{archive} links with what stands below it", link(build, folder, archive))
                        for archive in archives_of(folder) if archive_path(build, archive)]
    users = [str(path) for folder in folders for path, _, _, name in includes(folder) if name.startswith("CLI/")]
    results.append(("one file includes CLI11, which takes seconds to compile", "" if len(users) < 2 else str(users)))
    print(f"1..{len(results)}")
    for number, (name, problem) in enumerate(results, 1):
        print(f"{'not ok' if problem else 'ok'} {number} - {name}")
        if problem:
            print("".join(f"# {line}\n" for line in problem.splitlines()), end="")


if __name__ == "__main__":
    main()
