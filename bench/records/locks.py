"""The system's locks on files, where there are any: on Windows there is no `fcntl`.

No command runs there, and each says so; but what was recorded elsewhere can be read.
"""

import errno
from typing import IO, Any

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

__all__ = ["NO_LOCKS", "fcntl", "locked"]

NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.EINVAL}
"""What file systems say that have none."""


def locked(file: IO[Any], *, wait: bool = True) -> bool:
    """Lock a whole file; return whether its file system has locks.

    Raises `BlockingIOError` if another has it and there is no waiting.
    """
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        return False
    return True
