"""Training methods, networks and data: everything that learns, nothing that measures.

Reading order: `task` (what is learnt) -> `method` (the contract) -> `methods/` (one file each)
-> `training` (the one loop). This package knows no clocks, no files of results, no statistics.
"""

__version__ = "0.1.0"
