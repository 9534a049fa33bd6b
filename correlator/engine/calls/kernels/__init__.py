"""Compiled loops over the call window."""
