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
        _share_style(group)
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
    """Replace styles that several marks of a page have by classes.

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
        {name: STYLE.sub(shared, svg) for name, svg in drawings.items()},
        {name: style for style, name in classes.items()},
    )


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
                element.set(key, SPACES.sub(" ", number).strip())
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


def _share_style(group: ET.Element) -> None:
    """Say a style once for many marks that have it, since they inherit it from their group."""
    styles = {child.get("style") for child in group}
    style = styles.pop() if len(group) > 1 and len(styles) == 1 else None
    if style is not None and "style" not in group.attrib:
        group.set("style", style)
        for child in group:
            del child.attrib["style"]
