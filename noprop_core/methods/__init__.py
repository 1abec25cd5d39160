"""The training methods, one file each. `noprop_core.registry` finds them by name."""
