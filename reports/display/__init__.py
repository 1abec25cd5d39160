"""How anything is shown: numbers, words, tables, pictures, colours; about nothing in particular."""
