"""From tidy frames of runs to a statistical analysis, and from that to one HTML page.

Reading order: `plan` (what the study declares), `records` and `targets` (frames to typed runs),
`pairing` (which runs meet), `statistics` (arrays in, estimates out), `comparisons` (effects, tests,
verdicts), `exploratory`, `overall` and `scaling` (all pairs, several methods, trends), `analysis`
(everything the page needs), `view` (words, rows and pictures), `formats` (HTML and the others).
`changes` compares two sets of results, `calibrate` the statistics with a known truth.  Nothing here
knows how a run is made.
"""
