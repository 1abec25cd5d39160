"""A package outside noprop-bench that brings a training method of its own."""
