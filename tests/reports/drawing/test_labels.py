"""Labels of points move out of each other's way, and stay away where there is no room."""

import xml.etree.ElementTree as ET

import pytest

from reports.display.palette import styles
from reports.display.picture import Axis, Panel, Picture, Plot, Point
from reports.drawing.drawing import draw


def labels(spots):
    points = tuple(
        Point("a", f"T={i}", x, y, None, None, None, None, False) for i, (x, y) in enumerate(spots)
    )
    plot = Plot(((Panel("p", points),),), Axis("time (s)"), Axis("accuracy (%)"))
    root = ET.fromstring(draw(Picture("p", "t", plot, "how", "says"), styles(["a"])))
    return sum(
        "".join(e.itertext()).startswith("T=") for e in root.iter() if e.tag.endswith("}text")
    )


@pytest.mark.parametrize(
    ("spots", "shown"),
    [
        ([(0, 0), (5, 5), (10, 10)], 3),
        # Four stand around one place, the fifth has no room; the corners only span the axes.
        ([(0, 0), (10, 10), *[(5, 5)] * 5], 6),
    ],
)
def test_as_many_labels_as_have_room(spots, shown):
    assert labels(spots) == shown
