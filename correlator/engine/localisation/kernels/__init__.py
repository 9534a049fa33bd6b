"""Compiled loops of localisation: fits, what callers have in common, scopes within a cause."""
