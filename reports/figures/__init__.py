"""The page's pictures, one file per kind: from the analysis to plots; nothing is computed here."""
