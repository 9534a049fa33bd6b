"""Compiled loops of reading a text: one kind of loop to a file, each named by what it works out."""
