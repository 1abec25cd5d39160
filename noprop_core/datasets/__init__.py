"""What is learnt: the data sets that can be named, how they are read, split and kept.

Reading order: `table` (names, ours and other packages') -> `raw` (what a reader returns) -> the
readers, `digits`, `idx`, `own` and `torchvision_files` -> `loading` (a name becomes a task) ->
`task`.
"""
