"""Foreign bytes against everything that reads them: `make fuzz`, docs/fuzzing.md."""
