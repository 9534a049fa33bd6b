"""Real servers for tests: an Apache Kafka broker and a PostgreSQL, started on first use."""
