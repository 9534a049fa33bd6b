"""The console: pages, live updates, and the API behind them. A process of its own."""
