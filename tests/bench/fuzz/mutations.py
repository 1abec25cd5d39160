"""What a hostile or clumsy hand makes of a file or a command line."""

import os
import socket
from pathlib import Path
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**63, -(2**70), 10**400, 1e308, -1e308, 5e-324, 0.5,
    float("nan"), float("inf"), "", "0-5", "a", "\x1b[2J", "\u202e", "\udcff", "x" * 5000,
    "../../x", "<script>", [], [[]], [1], ["a"], {}, {"a": {}}, {"": None}, [None], "NaN", "ok",
    "error",
)  # fmt: skip
WORDS = (
    "", "-", "--", "---", "-1", "0", "1", "2", "0-5", "9-1", "64,128", "a,b", "quick", "nonsense",
    "backprop", "noprop-dt", "classifier", "digits", "mnist", "cpu", "cuda", "cuda:99", "auto",
    "\x1b[2J", "\u202eabc", "\udcff", "a\nb", "~", "~nobody/x", "/dev/null", "/dev/full",
    "/proc/1/mem", "x" * 300, "x/" * 3000, "a.b=1", "width=0.05", "noprop-dt.width=nan",
    "optimizer.name=sgd", "a=", "=1", "1e999", "nan", "inf", "-inf", "epochs=1", "seconds=nan",
    "convergence,patience=0", "=", "%s", "{}", "${HOME}", "`id`", "a b", "'", '"', "results",
    "results/tiny", "tiny.toml", "1/2", "2/1", "k/n", "html", "csv", "json", "markdown", "latex",
    "slower", "last", "best", "bf16", "os:getcwd", "json:loads", "a:b",
    "noprop_core.methods.backprop:Backprop", "../..", ".", "😀", "\x7f",
)  # fmt: skip


def ways_into(content: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside `content`."""
    ways = [here]
    if isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            ways += ways_into(value, (*here, key))
    return ways


def changed(content: Any, draw: Random) -> Any:
    """Return `content` with one value replaced, removed, renamed or doubled, anywhere."""
    way = draw.choice(ways_into(content))
    return _changed_at(content, way, draw)


def _changed_at(content: Any, way: tuple[Any, ...], draw: Random) -> Any:
    if not way:
        return draw.choice(ODD)
    copy = content.copy()
    key, rest = way[0], way[1:]
    if rest or draw.random() < 0.7:
        copy[key] = _changed_at(content[key], rest, draw)
    elif isinstance(copy, dict):
        value = copy.pop(key)
        if draw.random() < 0.5:
            copy[draw.choice((f"{key}x", "", "\x1b", "a.b"))] = value
    elif draw.random() < 0.5:
        del copy[key]
    else:
        copy.append(copy[key])
    return copy


def changed_bytes(content: bytes, draw: Random) -> bytes:
    """Return `content` with a few bytes changed, put in, cut out or cut off."""
    found = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8))):
        place = draw.randrange(len(found) + 1)
        match draw.randrange(5):
            case 0:
                found[place:place] = draw.choice(
                    (b"\0", b"\xff", b"\xe2\x80\xae", b"=", b"[", b'"')
                )
            case 1:
                del found[place : place + draw.choice((1, 5, 50))]
            case 2:
                found[place : place + 1] = bytes([draw.randrange(256)])
            case 3:
                found[place:place] = found[max(0, place - 40) : place]
            case 4:
                found = found[: max(place, len(found) // 2)]
    return bytes(found)


def put_in_place(path: Path, draw: Random) -> None:
    """Put at `path` something that is no file: a pipe, a folder, a socket, a link in a circle."""
    if path.is_dir():
        path = path.rename(path.with_name(f"{path.name}.before"))
        path = path.with_name(path.name.removesuffix(".before"))
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    match draw.randrange(6):
        case 0:
            os.mkfifo(path)
        case 1:
            path.mkdir()
        case 2:
            here = Path.cwd()
            os.chdir(path.parent)  # the name of a socket must be short
            try:
                with socket.socket(socket.AF_UNIX) as made:
                    made.bind(path.name)
            finally:
                os.chdir(here)
        case 3:
            path.symlink_to(path.name)
        case 4:
            path.symlink_to("/dev/null")
        case 5:
            path.write_bytes(b"")


def command_line(flags: list[str], draw: Random) -> list[str]:
    """Return a command line of a few options with whatever values."""
    words = []
    for _ in range(draw.choice((1, 1, 2, 3, 4))):
        if draw.random() < 0.85:
            words.append(draw.choice(flags))
            if draw.random() < 0.05:
                words[-1] = words[-1][:-1]
        if draw.random() < 0.9:
            words.append(draw.choice(WORDS))
    return words
