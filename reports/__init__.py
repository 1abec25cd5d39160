"""From tidy frames of runs to a statistical analysis, and from that to one HTML page.

Reading order: `plan` (what the study declares), `records` (frames to typed runs), `statistics`
(arrays in, estimates out), `comparisons` (pairs, tests, verdicts), `analysis` (everything the page
needs), `view` (words, rows and pictures), `page` (HTML).  Nothing here knows how a run is made.
"""
