"""The ports of `correlator.ports` over real servers and files."""
