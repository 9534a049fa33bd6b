"""The daemon: the loop, leadership, the outbox, and what surrounds them."""
