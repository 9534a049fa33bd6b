"""The API for other systems: below `/api/v1`, with types and documents of its own."""
