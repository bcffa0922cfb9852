"""The building stands: a file includes only its own room and rooms below it.

Reads the rooms from CMakeLists.txt; a test lives under tests/ at its room's path and may include what its room
may, and tests/support. Prints every include that points up or sideways, and every source outside a room.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOUSES = ("core", "storage", "identity", "messaging", "federation", "compliance", "web", "appliance")
DECLARATION = re.compile(r"^\s*(?:room\(\s*|program\(\s*\S+\s+)([\w/]+)([^)]*)\)", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def declared_rooms(text):
    """{room: rooms it names in USES}, in the order of the file."""
    rooms = {}
    for path, rest in DECLARATION.findall(text):
        words = rest.split()
        begin = words.index("USES") + 1 if "USES" in words else len(words)
        used = []
        for word in words[begin:]:
            if word == "LINKS":
                break
            used.append(word)
        rooms[path] = used
    return rooms


def all_below(rooms):
    """{room: itself and every room it uses, directly or not}. Rooms are declared bottom up."""
    below = {}
    for room, used in rooms.items():
        below[room] = {room}.union(*(below.get(name, set()) for name in used))
    return below


def room_of(path, rooms):
    """The innermost room that holds `path`, a path relative to the root."""
    holding = [room for room in rooms if path.startswith(room + "/")]
    return max(holding, key=len, default=None)


def sources():
    for house in HOUSES + ("tests",):
        for file in sorted((ROOT / house).rglob("*.[ch]pp")):
            if "node_modules" not in file.parts:
                yield file.relative_to(ROOT).as_posix(), file


def complaints():
    rooms = declared_rooms((ROOT / "CMakeLists.txt").read_text())
    below = all_below(rooms)
    for room, used in rooms.items():
        for name in used:
            if name not in rooms:
                yield f"CMakeLists.txt: {room} uses {name}, which is not declared"
    for path, file in sources():
        is_test = path.startswith("tests/")
        room = room_of(path.removeprefix("tests/"), rooms)
        if room is None and not is_test:
            yield f"{path}: is in no room that CMakeLists.txt declares"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            named = found[1]
            if "/" not in named:
                yield f'{path}:{number}: "{named}" is not written from the root of the repository'
            elif named.startswith("tests/"):
                if not is_test:
                    yield f"{path}:{number}: the product includes a test's file, {named}"
            elif room is not None and room_of(named, rooms) not in below[room]:
                yield f"{path}:{number}: {named} is not in {room} or below it"


def check_the_checker():
    """The rules above, on a building small enough to see through."""
    rooms = declared_rooms("room(a/x LINKS z)\nroom(a/y   USES a/x   LINKS z)\nprogram(p b/z USES a/y\n  LINKS q)\n")
    assert rooms == {"a/x": [], "a/y": ["a/x"], "b/z": ["a/y"]}, rooms
    assert all_below(rooms)["b/z"] == {"a/x", "a/y", "b/z"}
    assert room_of("a/y/file.hpp", rooms) == "a/y" and room_of("c/file.hpp", rooms) is None


if __name__ == "__main__":
    check_the_checker()
    wrong = list(complaints())
    print("\n".join(wrong) if wrong else "every include points to its own room or below")
    sys.exit(bool(wrong))
