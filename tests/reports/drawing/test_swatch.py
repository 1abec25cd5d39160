"""A swatch has the shape of its method's marker, so that no two methods' swatches are alike."""

from reports.display.palette import MARKERS, styles
from reports.drawing.swatch import SHAPES, shape


def test_every_marker_has_a_shape_of_its_own():
    assert set(SHAPES) == set(MARKERS)
    assert len(set(SHAPES.values())) == len(MARKERS)


def test_thirty_six_methods_have_swatches_that_differ():
    found = styles([f"method-{i:02}" for i in range(36)]).values()
    assert len({(style.light, shape(style)) for style in found}) == 36
