"""How files for others to read are written."""
