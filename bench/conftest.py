"""`pytest bench` has what it needs in `bench.pytest_session`; so has `pytest --pyargs bench`."""

pytest_plugins = ["bench.pytest_session"]
