"""Faults against the daemon, each beside an undisturbed run: `make chaos`, docs/chaos.md."""
