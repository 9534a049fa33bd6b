"""Compiled loops of expected rates."""
