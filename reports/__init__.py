"""From tidy frames of runs to a statistical analysis, and from that to one HTML page.

Reading order: `plan` (what the study declares), `records` and `targets` (frames to typed runs),
`pairing` (which runs meet), `statistics` (arrays in, estimates out), `comparisons` (effects, tests,
verdicts), `exploratory`, `overall`, `scaling` and `pareto` (all pairs, several methods, trends,
fronts), `analysis` (everything the page needs), `sections` (its words, rows and pictures, in the
order of the page; `figures` has a file per kind of picture), `view` (the types of those), `formats`
(HTML and the others), `page` and `drawing` (a view becomes HTML, a picture SVG).  `changes`
compares two sets of results, `index` lists studies, `calibrate` tests the statistics with a known
truth.  Nothing here knows how a run is made.
"""
