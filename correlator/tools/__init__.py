"""Tools around the engine: files in, measures out."""
