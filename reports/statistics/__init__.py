"""Arrays in, estimates out: each room usable by itself, and knowing nothing of reports.

Every function takes plain arrays of finite numbers and returns a frozen value.  What cannot be
computed is `None` with a reason beside it, never NaN, so that no page can print one.
"""
