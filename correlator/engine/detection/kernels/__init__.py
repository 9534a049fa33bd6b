"""Compiled loops of detection."""
