"""Months of event time in an hour and a half, with faults all along: `make soak`, docs/chaos.md."""
