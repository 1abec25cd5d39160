"""How results change over T and batch size."""
