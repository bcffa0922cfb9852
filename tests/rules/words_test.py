"""What a reader must not meet in the sources, and what every header begins with.

Looks at comments for marks of unfinished work and references that mean nothing outside this repository, at names of
classes that say nothing, and at headers for a purpose and an include guard.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACES = ("core", "storage", "identity", "messaging", "federation", "compliance", "web", "appliance", "packaging",
          "cmake", "docs", "tests")
SKIPPED = {"node_modules", "build", "dist", "__pycache__", "data"}
CODE = {".cpp", ".hpp", ".ts", ".tsx", ".mjs", ".js", ".sql"}
HASHED = {".py", ".sh", ".cmake", ".txt", ""}
LONGEST = 600  # lines of a C++ file

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\([a-z][\w.-]*\):)")
ISSUE = re.compile(r"(?<![\w&/#])#\d{2,}\b(?!\w)|\b(?:issue|bug|ticket|pull request|PR)\s+#?\d{2,}\b", re.I)
HOLLOW = re.compile(r"\b(?:lorem ipsum|coming soon|not (?:yet )?implemented|stub(?:bed)?|dummy implementation)\b", re.I)
SOMEBODYS_PATH = re.compile(r"(?<![\w.])/(?:work|home/\w+|tmp/dev)/")
EMPTY_NAME = re.compile(r"^\s*(?:class|struct)\s+(\w*(?:Manager|Helper|Utils?|Impl|Processor))\b(?!\s*;)")


def files():
    for place in PLACES:
        for file in sorted((ROOT / place).rglob("*")):
            parts = file.relative_to(ROOT).parts
            if file.is_file() and not SKIPPED.intersection(parts) and parts[:2] != ("tests", "rules"):
                yield file


def comments(lines, suffix):
    """(line number, comment text) of every line comment and block comment."""
    mark = "--" if suffix == ".sql" else "//" if suffix in CODE else "#"
    inside = False
    for number, line in enumerate(lines, 1):
        if inside:
            yield number, line
            inside = "*/" not in line
        elif suffix in CODE and line.lstrip().startswith("/*"):
            yield number, line
            inside = "*/" not in line
        else:
            at = re.search(r"(?:^|\s)" + re.escape(mark) + (r"\s" if mark == "#" else ""), line)
            if at and line[:at.start()].count('"') % 2 == 0:
                yield number, line[at.end() - (1 if mark == "#" else 0):]


def complaints_about(name, text):
    path = pathlib.PurePosixPath(name)
    lines = text.splitlines()
    if path.suffix == ".md":
        remarks = list(enumerate(lines, 1))
    elif path.suffix in CODE | HASHED:
        remarks = list(comments(lines, path.suffix))
    else:
        return
    for number, remark in remarks:
        if found := UNFINISHED.search(remark):
            yield f"{name}:{number}: {found[0]} without an owner"
        if found := ISSUE.search(remark):
            yield f'{name}:{number}: "{found[0]}" means nothing to a reader; say what it is about'
        if found := HOLLOW.search(remark):
            yield f'{name}:{number}: "{found[0]}": finish it or take it out'
        if found := SOMEBODYS_PATH.search(remark):
            yield f"{name}:{number}: {found[0]} is a path of one machine"
    if path.suffix not in {".cpp", ".hpp"}:
        return
    for number, line in enumerate(lines, 1):
        if found := EMPTY_NAME.match(line):
            yield f"{name}:{number}: {found[1]} does not say what it is"
    if len(lines) > LONGEST:
        yield f"{name}: {len(lines)} lines; more than {LONGEST} is two files"
    if path.suffix == ".hpp":
        after = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
        if after == 0 or len(" ".join(lines[:after])) < 20:
            yield f"{name}:1: begins without saying what the header is for"
        elif after == len(lines) or lines[after].strip() != "#pragma once":
            yield f"{name}:{after + 1}: #pragma once belongs right below the opening comment"


def check_the_checker():
    """Every rule finds what it is for, and leaves alone what looks like it."""
    header = "// Sheep, as they are counted.\n#pragma once\n"
    good = {"a.hpp": header + "// TODO(ann): count twice\nclass Sheep;\nint colour = 1;  // as in the #1 song\n",
            "b.ts": "const colour = '#123456';\nconst hint = { placeholder: 'Search' };\n",
            "c.sql": "-- one row a sheep\nselect 1;\n", "d.md": "# 12 sheep\n"}
    bad = {"a.hpp": "#pragma once\n", "b.hpp": "// Sheep, as they are counted.\n\n#pragma once\n",
           "c.cpp": "int x;  // TODO later\n", "d.cpp": "// as in #1234\n", "e.ts": "// see issue 77\n",
           "f.cpp": "class SheepManager {\n", "g.cpp": "x\n" * (LONGEST + 1), "h.sql": "-- not yet implemented\n",
           "i.py": "# kept in /home/ann/sheep\n", "j.cpp": "/* one\n   FIXME two */\n", "k.sh": "x=1 # HACK\n"}
    for name, text in good.items():
        assert not list(complaints_about(name, text)), (name, list(complaints_about(name, text)))
    for name, text in bad.items():
        assert len(list(complaints_about(name, text))) == 1, (name, list(complaints_about(name, text)))


if __name__ == "__main__":
    check_the_checker()
    wrong = []
    for file in files():
        try:
            wrong += complaints_about(file.relative_to(ROOT).as_posix(), file.read_text())
        except UnicodeDecodeError:
            pass  # not text
    print("\n".join(wrong) if wrong else "nothing to complain about")
    sys.exit(bool(wrong))
