"""A figure as files of its own, SVG and PDF: light, in fixed sizes, without a page around it."""

import io
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.display.charts import Chart
from reports.display.palette import Style
from reports.display.picture import Picture
from reports.drawing.charts import drawn_chart
from reports.drawing.drawing import drawn
from reports.drawing.medium import PAPER
from reports.drawing.svg import SVG, XLINK

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Files:
    """A figure by its suffix-less name, in both forms, with what it is and says."""

    name: str
    title: str
    says: str
    how_to_read: str
    svg: bytes
    pdf: bytes


def picture_files(picture: Picture, style: Mapping[str, Style], name: str = "") -> Files:
    """Draw a picture of a page for a paper."""
    name = name or picture.slug
    with drawn(picture, style, PAPER) as figure:
        return _files(figure, name, picture.title, picture.what_it_says, picture.how_to_read)


def chart_files(chart: Chart) -> Files:
    """Draw a table with a forest plot for a paper."""
    table = chart.table
    with drawn_chart(chart) as figure:
        return _files(figure, chart.name, table.caption, table.what_it_says, table.how_to_read)


def _files(figure: "Figure", name: str, title: str, says: str, how_to_read: str) -> Files:
    svg, pdf = io.BytesIO(), io.BytesIO()
    silent = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    about = {"Title": title, "Subject": says, "CreationDate": None, "Creator": None}
    figure.savefig(svg, format="svg", metadata=silent, facecolor="white")
    figure.savefig(pdf, format="pdf", metadata=about, facecolor="white")
    return Files(name, title, says, how_to_read, _told(svg.getvalue(), title, says), pdf.getvalue())


def _told(svg: bytes, title: str, says: str) -> bytes:
    """Give an SVG its text alternative."""
    root = ET.fromstring(svg)  # noqa: S314 - written by matplotlib just now
    for child in list(root):
        if child.tag == f"{{{SVG}}}metadata":
            root.remove(child)
    root.set("role", "img")
    for i, (tag, text) in enumerate((("title", title), ("desc", says))):
        element = ET.Element(f"{{{SVG}}}{tag}")
        element.text = text
        root.insert(i, element)
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
