"""Points carry their values, and the values stand where they are drawn."""

import math
import xml.etree.ElementTree as ET

import pytest
from svg_paths import ends

from reports.display.facet import Facet
from reports.display.limits import MOST_TITLED
from reports.display.palette import styles
from reports.display.picture import Axis, Line, Pairs, Panel, Picture, Plot, Ranks, Stack
from reports.drawing.drawing import draw
from reports.drawing.values import count
from reports.page.analysis import analyse
from reports.page.build import build_view


@pytest.fixture(scope="module")
def view(study):
    from reports.input.plan import Plan

    plan = Plan.declared({"title": "A synthetic study", "baseline": "backprop"})
    return build_view(analyse(*study(diverged=("noprop-dt", 128, 5, 3)), plan), {})


def drawn(picture, style, **how):
    return ET.fromstring(draw(picture, style, **how))


def groups(root, attribute):
    return [g for g in root.iter() if attribute in g.attrib]


def placed(panel, group):
    """Return where the points of a group are said to be, in the SVG's own units."""
    kx, bx, log_x, ky, by, log_y, middle = map(float, panel.get("data-a").split())
    x = ""
    below = [float(v) for v in group.get("data-o", "").split()]
    for i, point in enumerate(group.get("data-v").split(";")):
        own_x, y = point.split(" ")[:2]
        x = own_x or x
        height = float(y) + (below[i] if below else 0)
        at_x = middle if x == "-" else kx * (math.log10(float(x)) if log_x else float(x)) + bx
        yield at_x, ky * (math.log10(height) if log_y else height) + by


def vertices(group):
    """Return every pair of coordinates in the paths and copies of a group."""
    found = []
    for element in group.iter():
        if element.tag.endswith("}use"):
            found.append((float(element.get("x")), float(element.get("y"))))
        if element.tag.endswith("}path") and "id" not in element.attrib:
            found += [end for end in ends(element.get("d")) if end]
    return found


def test_every_value_of_every_figure_stands_where_its_mark_is_drawn(view):
    kinds = set()
    for picture in view.pictures:
        root = drawn(picture, view.styles)
        told = 0
        for panel in groups(root, "data-a"):
            for group in groups(panel, "data-v"):
                points, drawn_at = list(placed(panel, group)), vertices(group)
                told += len(points)
                for x, y in points:
                    is_level = group.get("data-v").startswith("- ")
                    near = min(math.hypot(0 if is_level else x - a, y - b) for a, b in drawn_at)
                    assert near < 0.2, (picture.slug, group.attrib, x, y)
        missing = sum(
            v is None
            for panel in picture.plot.panels
            for m in panel.marks
            if isinstance(m, Pairs)
            for v in (*m.before, *m.after)
        )
        marks = [m for panel in picture.plot.panels for m in panel.marks]
        assert told == count(marks) - missing > 0
        kinds |= {type(m).__name__ for m in marks}
    assert {"Line", "Level", "Pairs", "Point"} <= kinds


def test_a_bar_tells_its_own_height_where_its_top_is():
    stacks = (
        Stack("weights", 0, ("2", "10"), (3.0, 4.0)), Stack("rest", 1, ("2", "10"), (1.0, 2.0)),
    )  # fmt: skip
    plot = Plot(((Panel("a", stacks),),), Axis("timesteps T"), Axis("memory (MiB)", from_zero=True))
    root = drawn(Picture("p", "t", plot, "how", "says"), {})
    [panel] = groups(root, "data-a")
    tops = groups(panel, "data-v")
    assert [g.get("data-v").split()[1] for g in tops] == ["3", "4", "1", "2"]
    assert [g.get("data-o") for g in tops] == [None, None, "3", "4"]
    assert {g.get("data-n") for g in tops} == {"timesteps T 2", "timesteps T 10"}
    for group in tops:
        [(x, y)] = placed(panel, group)
        assert y == pytest.approx(min(b for _, b in vertices(group)), abs=0.2)
        left, right = min(a for a, _ in vertices(group)), max(a for a, _ in vertices(group))
        assert x == pytest.approx((left + right) / 2, abs=0.2)


def test_ranks_tell_their_numbers():
    plot = Plot(((Panel("", (Ranks(("a", "b"), (1.25, 1.75), 0.2),)),),), Axis("rank"), Axis(""))
    pytest.importorskip("scikit_posthocs")
    root = drawn(Picture("p", "t", plot, "how", "says"), styles(["a", "b"]))
    assert {g.get("data-s"): g.get("data-v").split()[0] for g in groups(root, "data-v")} == {
        "a": "1.25", "b": "1.75",
    }  # fmt: skip


@pytest.mark.parametrize("points", [MOST_TITLED, MOST_TITLED + 1])
def test_marks_of_small_figures_have_a_title_with_every_value(points):
    x = tuple(float(i) for i in range(points))
    none = (None,) * (points - 1)
    line = Line("a", x, tuple(2 * v for v in x), (-1.5, *none), (0.5, *none))
    plot = Plot(((Panel("p", (line,)),),), Axis("T"), Axis("time (s)"))
    root = drawn(Picture("p", "t", plot, "how", "says"), styles(["a"]))
    titles = [g[0].text for g in groups(root, "data-v") if g[0].tag.endswith("}title")]
    if points > MOST_TITLED:
        assert titles == []
    else:
        name, first, *others = titles[0].splitlines()
        assert name == "a"
        assert first == "T: 0, time (s): 0 [−1.5, 0.5]"
        assert others[-1] == f"T: {points - 1}, time (s): {2 * (points - 1)}"
        assert len(others) == points - 1


def test_panels_marks_and_points_carry_what_they_belong_to(view):
    def numbered(facets):
        return {f"data-{facet}": text for facet, text in facets.items()}

    by_slug = {p.slug: p for p in view.pictures}
    assert {p.facets[Facet.DATASET] for p in view.pictures} == {"digits"}
    seeds = drawn(by_slug["accuracy-seeds-1"], view.styles, numbered=numbered)
    panels = [(p.get("data-batch-size"), p.get("data-timesteps")) for p in groups(seeds, "data-a")]
    assert panels == [("64", "2"), ("64", "5"), ("128", "2"), ("128", "5")]
    # Both columns of a pair stay or go with the candidate.
    assert {g.get("data-method") for g in groups(seeds, "data-v")} == set(view.styles) - {
        "backprop"
    }
    pareto = next(p for slug, p in by_slug.items() if "pareto" in slug)
    points = groups(drawn(pareto, view.styles, numbered=numbered), "data-v")
    assert {(g.get("data-method"), g.get("data-timesteps")) for g in points} == {
        ("classifier", None),
        *((m, t) for m in view.styles if m != "classifier" for t in ("2", "5")),
    }


def test_a_stepped_line_tells_where_it_steps_and_only_there():
    none = (None,) * 5
    line = Line("a", (1.0, 2.0, 3.0, 4.0, 5.0), (9.0, 9.0, 7.0, 7.0, 0.0), none, none, stepped=True)
    plot = Plot(((Panel("p", (line,)),),), Axis("level"), Axis("share (%)"))
    [group] = groups(drawn(Picture("p", "t", plot, "how", "says"), styles(["a"])), "data-v")
    assert group.get("data-v") == "1 9;3 7;5 0"


def test_names_that_begin_alike_say_so_once():
    pairs = Pairs("a", "b", (0, 1, 7), (1.0, 2.0, 3.0), (4.0, None, 6.0))
    plot = Plot(((Panel("p", (pairs,)),),), Axis("candidate"), Axis("time (s)"))
    found = groups(drawn(Picture("p", "t", plot, "how", "says"), styles(["a", "b"])), "data-v")
    assert [g.get("data-n") for g in found] == ["seed|0;1;7", "seed|0;7"]
    assert [g.get("data-v") for g in found] == ["0 1; 2; 3", "1 4; 6"]
