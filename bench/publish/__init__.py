"""Reference results: records, page and words of a study, for everyone to read and repeat."""
