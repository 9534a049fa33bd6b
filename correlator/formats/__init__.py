"""The formats of the outside: bytes to events, decisions to bytes, times and words."""
