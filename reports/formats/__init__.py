"""The other formats: csv, json, LaTeX, Markdown."""
