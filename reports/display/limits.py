"""How much a page shows: every limit on its size, with the reason.

Tables have all rows that figures leave out, up to their own limits; csv and json have everything.
"""

# Figures
MOST_METHODS, FEW_METHODS = 16, 8
"""Up to so many methods all are drawn; of more, as many as have a colour of their own."""
MOST_PLACES = 4
"""Data sets and conditions with a figure of their own: nobody looks through more."""
MOST_PANELS = 12
"""Panels of one kind of figure, over all data sets and conditions: more make a page slow."""
GRIDS = ((3, 4), (3, 3), (2, 3), (2, 2), (1, 2), (1, 1))
"""Batch sizes and T to fall back on, one after the other, where all are too many."""
PANELS_PER_ROW = 4
"""Panels side by side, where each is a method: narrower ones cannot be read."""
MOST_INTERVALS = 60
"""Points of a figure beyond which their intervals would hide them, and are in the table."""
MOST_BANDS = 6
"""More bands on top of each other cannot be told apart."""
MOST_DOTS = 400
"""Rows of a table beyond which seeds are left out of the drawings: the page would grow too big."""
MOST_TITLED = 60
"""Points of a figure beyond which its marks have no titles: they say everything once more."""
FEW_TRIALS = 12
"""Trials of a tuning up to which every one has a tick: there is none between two."""

# Tables
MOST_OPEN_ROWS, MOST_ROWS = 60, 100
"""Rows beyond which a table is folded, and rows beyond which it is cut."""
MOST_MAIN_ROWS = 415
"""Rows beyond which a main table is cut, which is never folded."""
MOST_UNFRAMED_ROWS = 40
"""Rows beyond which a table scrolls in a frame of its own."""
MOST_WIDE_COLUMNS = 7
"""Columns beyond which a table is set in smaller type, so that it fits a laptop's screen."""
MOST_PHONE_COLUMNS = 2
"""Columns beyond which a row of a table stands in lines on a phone, each cell with its name."""

# Sentences
MOST_SENTENCES = 200
"""Most comparisons in one metric that are also told in sentences; json tells all of them."""
MOST_MEMBERS = 6
"""Members of a front that are named in its sentence; the table has all."""
MOST_PLACES_NAMED = 6
"""Settings without a partner that are named in a warning, and half as many as seeds."""
MOST_NAMED = 3
"""Reasons for a busy machine that are named in a warning: the commonest say enough."""
MOST_WARNED = 4
"""Methods, values and places that are named one by one in a warning."""
MOST_METHODS_NAMED = 10
"""Methods that are named in an error: of more, the first."""

# Files to download
LARGEST_PLAIN = 200_000
"""Bytes beyond which a CSV is compressed; browsers refuse links of more than about 2 MB."""
MOST_BYTES = 600_000
"""Of all files together, so that a page stays small enough to send. What has no room is named."""
MOST_CELLS = 400_000
"""Rows times columns beyond which it is clear that a frame has no room."""
