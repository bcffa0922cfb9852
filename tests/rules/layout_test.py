"""The layout of the C++ sources is what clang-format makes of them, by .clang-format.

Debian 12's clang-format 14 decides: other versions lay out some lines differently, so they are not asked.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOUSES = ("core", "storage", "identity", "messaging", "federation", "compliance", "web", "appliance", "cmake", "tests")
VERSION = "14."


def main():
    said = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"version (\S+)", said).group(1)
    if not version.startswith(VERSION):
        sys.exit(f"clang-format {version} lays out differently; install that of Debian 12 ({VERSION}x)")
    sources = [str(file) for house in HOUSES for file in sorted((ROOT / house).rglob("*"))
               if file.suffix in {".cpp", ".hpp"} and "node_modules" not in file.parts]
    assert len(sources) > 300, "this test looks at too few files"
    found = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], capture_output=True, text=True, cwd=ROOT)
    if found.returncode:
        wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", found.stderr, re.M)))
        sys.exit("\n".join(f"{pathlib.Path(file).relative_to(ROOT)}: not laid out; run clang-format -i" for file in wrong))
    print(f"{len(sources)} files are laid out as .clang-format says")


if __name__ == "__main__":
    main()
