"""Put into the daemon's own Python: `tests/chaos/faults/clocks.py`."""
