"""What two sets of results are watched for."""

from enum import StrEnum


class Regression(StrEnum):
    """What a change can be a regression in, and what one is called on the command line."""

    SLOWER = "slower"
    LESS_ACCURATE = "less-accurate"
    MORE_MEMORY = "more-memory"
