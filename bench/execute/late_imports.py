"""What torch imports when it is first needed, for seconds: a cell tells, its server does it then.

No method here needs torch's compiler, and few need its symbols. Where a cell of somebody's does,
those after it find them imported.
"""

LATE = {b"c": "torch._dynamo", b"y": "torch.fx.experimental.symbolic_shapes"}
"""Modules, by the order to import them beforehand."""
