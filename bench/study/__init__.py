"""What is to be run: studies as TOML files, their options, and the cells that they expand to."""
