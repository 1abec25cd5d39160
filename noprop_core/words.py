"""Text from outside, made fit to be shown: arguments, file names, other people's errors.

A terminal obeys control characters, a bidirectional override reverses what follows it, and a lone
surrogate, which stands for a byte of a file name that is no UTF-8, cannot be written at all.
"""


def printable(text: str) -> str:
    """Escape what could break a line, move a terminal's cursor, or not be written."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shortened(text: str, most: int) -> str:
    """Return `text`, or its first words and "..." where it has more than `most` characters."""
    if len(text) <= most:
        return text
    room = most - len("...")
    words = text[: room + 1].rpartition(" ")[0] if " " in text[room // 2 : room + 1] else ""
    return f"{(words or text[:room]).rstrip()}..."


def printable_lines(text: str) -> str:
    """Escape the same in every line, and leave the ends of lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def said_by(error: BaseException) -> str:
    """Return kind and message of an error; where its own code fails to say it, the kind."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except (Exception, SystemExit):
        return kind


def one_line(text: object, most: int = 300) -> str:
    """Return `text`, or kind and message of an error, as one printable line."""
    said = said_by(text) if isinstance(text, BaseException) else str(text)
    return shortened(printable(" ".join(said.split())), most)
