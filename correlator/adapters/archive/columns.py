"""What columns of the archive's files are made of."""

from __future__ import annotations

import pyarrow as pa

TIME = pa.timestamp("ms", tz="UTC")
WORD = pa.dictionary(pa.int32(), pa.string())
"""A word out of few: each is in a file once."""
