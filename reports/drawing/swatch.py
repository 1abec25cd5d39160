"""The shape of a method's swatch beside its name: its marker in the pictures, in CSS.

Colours alone repeat after eight methods; colour and shape together differ for 36.
"""

from reports.display.palette import Style

SHAPES = {
    "o": "circle(50%)",
    "s": "inset(6%)",
    "^": "polygon(50% 0,100% 100%,0 100%)",
    "D": "polygon(50% 0,100% 50%,50% 100%,0 50%)",
    "v": "polygon(0 0,100% 0,50% 100%)",
    "P": "polygon(33% 0,67% 0,67% 33%,100% 33%,100% 67%,67% 67%,"
    "67% 100%,33% 100%,33% 67%,0 67%,0 33%,33% 33%)",
    "X": "polygon(20% 0,50% 30%,80% 0,100% 20%,70% 50%,100% 80%,"
    "80% 100%,50% 70%,20% 100%,0 80%,30% 50%,0 20%)",
    "<": "polygon(0 50%,100% 0,100% 100%)",
}


def shape(style: Style) -> str:
    """Return the value of `clip-path` that cuts a box into the method's marker."""
    return SHAPES[style.marker]
