"""The login: people come from the operator's provider, and keep a session that is a row."""
