"""`python -m correlator.cli`."""

from correlator.cli import main

main()
