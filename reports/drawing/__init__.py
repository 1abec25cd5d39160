"""Pictures become SVG."""
