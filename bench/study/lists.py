"""Lists of whole numbers in a study: arrays, or ranges such as "0-5"; each value once."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt

from bench.study.ranges import listed
from bench.study.whole_numbers import LARGEST
from reports.input.plan import distinct

Seeds = Annotated[
    list[Annotated[StrictInt, Field(ge=0, le=LARGEST)]],
    Field(min_length=1),
    BeforeValidator(listed),
    AfterValidator(distinct),
]
Sizes = Annotated[
    list[Annotated[StrictInt, Field(ge=1, le=LARGEST)]],
    Field(min_length=1),
    BeforeValidator(listed),
    AfterValidator(distinct),
]
