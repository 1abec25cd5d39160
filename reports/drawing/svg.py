"""A matplotlib figure as SVG that can stand inside a page beside others, written short."""

import io
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reports.drawing.theme import themed
from reports.drawing.values import Told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
REFERENCE = re.compile(r"url\(#([^)]+)\)")
LONG_NUMBER = re.compile(r"(\d+\.\d)\d+")
SPACES = re.compile(r"\s+")
FONT_FAMILY = re.compile(r"font-family: [^;]*; ?")
NO_ROTATION = re.compile(r"rotate\(-?0[ )]")
COMMAND = re.compile(r"([A-Za-z])([^A-Za-z]*)")
WHOLE = re.compile(r"(\d)\.0+(?!\d)")
TAG = re.compile(r"<[^<>]+>")
ID = re.compile(r'( id="| href="#| clip-path="url\(#)[^"]*-(\d+)(?=["()])')
STYLE = re.compile(r'(<[^<>]*) style="([^"]*)"')
"""A style within a tag: text, where `<` and `>` are escaped, may look like one."""


def inline_svg(figure: "Figure", name: str, title: str, description: str, told: Told) -> str:
    """`figure` as one `<svg>` element, to be put into HTML as it is.

    Ids that something refers to are prefixed by `name`, the others dropped, since two figures on
    a page would share them; the stylesheet is dropped because it would reach the whole page.
    Colours become CSS variables, see `theme`, and text has the page's font. `title` and
    `description` become the text alternative, and groups carry what they have `told`.
    """
    buffer = io.StringIO()
    silent = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=silent, transparent=True)
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 - written by the line above
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}style", f"{{{SVG}}}metadata"):
                parent.remove(child)
    _carry(root, told)
    _make_ids_unique(root, name)
    _shorten(root)
    _unwrap(root)
    for group in root.iter(f"{{{SVG}}}g"):
        _join_paths(group)
        for attribute in ("style", "clip-path"):
            _share(group, attribute)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("data-x", told.plot.x.label)
    root.set("data-y", told.plot.y.label)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-description")
    for i, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{SVG}}}{tag}", id=f"{name}-{'description' if i else 'title'}")
        element.text = text
        root.insert(i, element)
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode")


def with_shared_styles(drawings: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Replace styles that several marks of a page have by classes, and ids by short ones.

    Returns the drawings, by name as given, and the style of every class.
    """
    counts = Counter(style for svg in drawings.values() for _, style in STYLE.findall(svg))
    often = [style for style, count in counts.most_common() if count > 1]
    classes = {style: f"s{i}" for i, style in enumerate(often)}

    def shared(match: re.Match[str]) -> str:
        name = classes.get(match[2])
        if name is None:
            return match[0]
        own = ' class="'
        if own in match[1]:
            return match[1].replace(own, f"{own}{name} ", 1)
        return f'{match[1]}{own}{name}"'

    return (
        {
            name: _with_short_ids(STYLE.sub(shared, svg), f"d{i}")
            for i, (name, svg) in enumerate(drawings.items())
        },
        {name: style for style, name in classes.items()},
    )


def short_path(path: str) -> str:
    """Write a path of absolute commands short: no spaces at letters, `H` and `V` along an axis."""
    written, at = [], ("", "")
    for command, rest in COMMAND.findall(WHOLE.sub(r"\1", path)):
        numbers = rest.split()
        if command == "L" and len(numbers) == 2 and numbers[1] == at[1]:
            written.append(f"H{numbers[0]}")
        elif command == "L" and len(numbers) == 2 and numbers[0] == at[0]:
            written.append(f"V{numbers[1]}")
        else:
            written.append(command + " ".join(numbers))
        # After a path was closed the next command begins where it did: written out in full.
        at = (numbers[-2], numbers[-1]) if len(numbers) > 1 else ("", "")
    return "".join(written)


def _with_short_ids(svg: str, prefix: str) -> str:
    """Give what is referred to within a drawing a number, not the drawing's whole name."""

    def short(tag: re.Match[str]) -> str:
        return ID.sub(rf"\g<1>{prefix}-\2", tag[0]).replace(" />", "/>")

    return TAG.sub(short, svg)


def _carry(root: ET.Element, told: Told) -> None:
    """Give groups the attributes and titles that the gid of their artist, now their id, names."""
    for group in root.iter(f"{{{SVG}}}g"):
        gid = group.get("id", "")
        if gid in told.attributes:
            del group.attrib["id"]
            group.attrib.update(told.attributes[gid])
        if gid in told.titles:
            title = ET.Element(f"{{{SVG}}}title")
            title.text = told.titles[gid]
            group.insert(0, title)


def _make_ids_unique(root: ET.Element, name: str) -> None:
    used = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            used.update(REFERENCE.findall(value))
            if key in (HREF, "href") and value.startswith("#"):
                used.add(value[1:])
    short = {identity: f"{name}-{i}" for i, identity in enumerate(sorted(used))}
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                if value in used:
                    element.set("id", short[value])
                else:
                    del element.attrib["id"]
            elif key in (HREF, "href") and value.startswith("#"):
                # Plain `href` is what SVG 2 uses; the xlink form is only for old readers.
                del element.attrib[key]
                element.set("href", f"#{short[value[1:]]}")
            elif "url(#" in value:
                element.set(key, REFERENCE.sub(lambda found: f"url(#{short[found[1]]})", value))


def _shorten(root: ET.Element) -> None:
    """Round coordinates to a tenth of a point, and drop what says nothing."""
    for element in root.iter():
        element.tail = None
        if element.text is not None and not element.text.strip():
            element.text = None
        for key in ("d", "x", "y", "width", "height", "transform", "points"):
            if key in element.attrib:
                number = LONG_NUMBER.sub(r"\1", element.attrib[key])
                shorter = SPACES.sub(" ", number).strip()
                element.set(key, short_path(shorter) if key == "d" else shorter)
        if NO_ROTATION.match(element.get("transform", "")):
            del element.attrib["transform"]
        if "style" in element.attrib:
            element.set("style", themed(FONT_FAMILY.sub("", element.attrib["style"])))


def _unwrap(parent: ET.Element) -> None:
    """Put the children of groups without attributes in their place, and drop empty groups."""
    children: list[ET.Element] = []
    for child in list(parent):
        _unwrap(child)
        is_container = child.tag in (f"{{{SVG}}}g", f"{{{SVG}}}defs")
        if is_container and not len(child) and "data-v" not in child.attrib:
            continue
        if child.tag == f"{{{SVG}}}g" and not child.attrib:
            children.extend(child)
        else:
            children.append(child)
    parent[:] = children


def _join_paths(group: ET.Element) -> None:
    """Make one path of a group's paths that differ in their course alone, such as intervals."""
    kinds = {(e.tag, *sorted((k, v) for k, v in e.items() if k != "d")) for e in group}
    if len(group) < 2 or len(kinds) != 1 or group[0].tag != f"{{{SVG}}}path" or len(group[0]):
        return
    group[0].set("d", "".join(path.get("d", "") for path in group))
    group[:] = [group[0]]


def _share(group: ET.Element, attribute: str) -> None:
    """Say once what many marks have, since they inherit it from their group, or are within it."""
    values = {child.get(attribute) for child in group}
    value = values.pop() if len(group) > 1 and len(values) == 1 else None
    moved = any("transform" in child.attrib for child in group)
    if value is not None and attribute not in group.attrib and not moved:
        group.set(attribute, value)
        for child in group:
            del child.attrib[attribute]
