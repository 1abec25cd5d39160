"""Colours that can be seen and told apart by everyone, and stay with their method."""

from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from bench.report_names import BORDER
from reports.display.palette import (
    INK,
    PART_COLOURS,
    styles,
)

FIRST = BORDER.coloured_first
styled = partial(styles, first=FIRST)

PAGES = {"light": ("#ffffff", "#f6f8fa"), "dark": ("#14171b", "#1c2026")}
"""The page and its panels, as `templates/report.css` has them."""

CONTRAST = 3.0
"""WCAG 2.2, success criterion 1.4.11: graphical objects against what is beside them."""

APART = 12.0
"""CIEDE2000 distance of any two of the first eight methods; 2 is a difference just seen."""

PARTS_APART = 16.0

# Machado, Oliveira & Fernandes (2009), "A physiologically-based model for simulation of color
# vision deficiency", IEEE TVCG 15(6): the matrices of severity 1.0, which apply to linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868],
         [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968],
         [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779],
         [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip

# IEC 61966-2-1, D65.
XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
WHITE = XYZ_OF_RGB.sum(axis=1)

MANY = [f"method-{i:02}" for i in range(35)]


def linear(colour):
    code = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    light, dark = sorted((float(XYZ_OF_RGB[1] @ linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(colour, vision="normal"):
    """CIELAB of a colour as it is seen."""
    seen = np.clip(VISION[vision] @ linear(colour), 0, 1)
    t = XYZ_OF_RGB @ seen / WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one, other):
    """Sharma, Wu & Dalal (2005), "The CIEDE2000 color-difference formula", equations 2 to 22."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh, h = h2 - h1, (h1 + h2) / 2
    if c1 * c2 == 0:
        dh, h = 0.0, h1 + h2
    elif abs(dh) > 180:
        dh -= np.copysign(360, dh)
        h += 180 if h1 + h2 < 360 else -180
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    cos = [np.cos(np.radians(k * h + shift)) for k, shift in ((1, -30), (2, 0), (3, 6), (4, -63))]
    t = 1 - 0.17 * cos[0] + 0.24 * cos[1] + 0.32 * cos[2] - 0.20 * cos[3]
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    turn = 30 * np.exp(-(((h - 275) / 25) ** 2))
    r_t = -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(2 * turn))
    terms = (l2 - l1) / s_l, (c2 - c1) / s_c, d_h / s_h
    return float(np.sqrt(sum(x * x for x in terms) + r_t * terms[1] * terms[2]))


def least_apart(colours, vision):
    seen = [lab(colour, vision) for colour in colours]
    return min(ciede2000(one, other) for one, other in combinations(seen, 2))


def in_scheme(pairs, scheme):
    return [light if scheme == "light" else dark for light, dark in pairs]


def eight():
    return [(style.light, style.dark) for style in styled(["base", *FIRST[:7]]).values()]


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [  # from table 1 of Sharma, Wu & Dalal
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((50, 0, 0), (50, -1, 2), 2.3669),
    ],
)
def test_the_measure_of_distance_is_the_published_one(one, other, distance):
    assert ciede2000(one, other) == pytest.approx(distance, abs=5e-5)


def test_what_is_simulated_keeps_white_and_joins_confused_colours():
    for vision in VISION:
        assert lab("#ffffff", vision) == pytest.approx([100, 0, 0], abs=0.02)
    red, green = lab("#a04000", "deuteranopia"), lab("#606000", "deuteranopia")
    assert ciede2000(red, green) < 0.5 * ciede2000(lab("#a04000"), lab("#606000"))


def test_the_pages_are_those_of_the_style_sheet():
    sheet = (Path(reports.__file__).parent / "page" / "templates" / "report.css").read_text("utf-8")
    light, dark = sheet.split("prefers-color-scheme: dark")[:2]
    for rules, (page, panel) in ((light, PAGES["light"]), (dark, PAGES["dark"])):
        assert f"--page: {page};" in rules
        assert f"--panel: {panel};" in rules


@pytest.mark.parametrize("scheme", PAGES)
def test_every_colour_stands_out_from_the_page_and_its_panels(scheme):
    pairs = [(style.light, style.dark) for style in styled(["base", *MANY]).values()]
    for colour in in_scheme([*pairs, *PART_COLOURS], scheme):
        assert min(contrast(colour, page) for page in PAGES[scheme]) >= CONTRAST, colour


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scheme", PAGES)
def test_eight_methods_are_told_apart_by_colour_alone(scheme, vision):
    colours = in_scheme(eight(), scheme)
    assert len(set(colours)) == 8
    assert least_apart(colours, vision) >= APART


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scheme", PAGES)
def test_the_parts_of_a_bar_are_told_apart(scheme, vision):
    assert len(PART_COLOURS) == 5
    assert least_apart(in_scheme(PART_COLOURS, scheme), vision) >= PARTS_APART


def test_a_light_colour_has_one_dark_one_of_the_same_hue():
    pairs = {*eight(), *PART_COLOURS}
    assert len({light for light, _ in pairs}) == len(pairs)
    for light, dark in pairs:
        (_, *one), (_, *other) = lab(light), lab(dark)
        if min(np.hypot(*one), np.hypot(*other)) > 10:  # greys have no hue
            turn = np.degrees(np.arctan2(one[1], one[0]) - np.arctan2(other[1], other[0]))
            assert abs((turn + 180) % 360 - 180) < 15, (light, dark)


def test_neither_dashes_nor_markers_repeat_with_a_colour():
    found = list(styled(["base", *MANY]).values())
    assert len(found) == 36
    assert len({(style.light, style.dashes) for style in found}) == 36
    assert len({(style.light, style.marker) for style in found}) == 36
    assert len({style.marker for style in found[:8]}) == 8
    assert {style.dashes for style in found[:8]} == {""}


def test_more_methods_than_styles_are_drawn_all_the_same():
    names = [f"method-{i:03}" for i in range(100)]
    assert list(styled(names)) == names


def test_the_baseline_is_ink_and_alone_in_it():
    for baseline in ("backprop", "noprop-dt", ""):
        found = styled([baseline, *MANY])
        style = found.pop(baseline)
        assert (style.light, style.dark, style.dashes) == (*INK, "")
        assert INK[0] not in {s.light for s in found.values()}


def test_a_well_known_method_looks_the_same_in_every_study():
    whole = styled(["backprop", *FIRST[:7]])
    for names in (["noprop-dt"], ["adjoint", "noprop-dt"], ["noprop-fm", "another", "classifier"]):
        some = styled(["backprop", *names])
        assert all(some[name] == whole[name] for name in names if name in FIRST)


def test_a_taken_colour_is_left_for_a_free_one_while_there_are_any():
    # local-pred has the classifier's colour in another dash.
    alone = styled(["backprop", "local-pred"])["local-pred"]
    beside = styled(["backprop", "local-pred", "classifier"])
    assert alone.light == beside["classifier"].light
    assert alone.dashes != beside["classifier"].dashes
    assert beside["local-pred"].light != beside["classifier"].light
    full = styled(["backprop", *FIRST[:7], "local-pred"])
    assert full["local-pred"] == alone


def test_unknown_names_take_what_is_left_in_sorted_order():
    found = styled(["backprop", "zeta", "noprop-dt", "alpha"])
    free = styled(["backprop", *FIRST[:3]])
    assert found["noprop-dt"] == free["noprop-dt"]
    assert (found["alpha"], found["zeta"]) == (free["classifier"], free["noprop-shared"])


def test_no_methods_have_no_styles():
    assert styled([]) == {}


names = st.lists(st.one_of(st.sampled_from(FIRST), st.text(max_size=3)), unique=True)


@given(names.filter(bool), st.randoms())
def test_whatever_the_methods_are_each_has_a_style_of_its_own(methods, random):
    found = styled(methods)
    assert list(found) == methods
    if len(methods) <= 36:
        assert len(set(found.values())) == len(methods)
    if len(methods) <= 8:
        assert len({style.light for style in found.values()}) == len(methods)
    others = methods[1:]
    random.shuffle(others)
    assert styled([methods[0], *others]) == found
