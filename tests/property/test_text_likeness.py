"""Whether texts are crowded, beside a plain statement: cosines of whole vectors."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from correlator.text.kernels.likeness import Rows, crowded

ALIKE = 0.6
WIDTH = 5
weights = st.dictionaries(
    st.integers(0, WIDTH - 1), st.sampled_from([0.3, 1.0, 2.0]), max_size=WIDTH
)


def rows_of(vectors: list[dict[int, float]]) -> Rows:
    """Return vectors of length 1 in rows."""
    ends, columns, values = [], [], []
    for vector in vectors:
        length = float(np.sqrt(sum(weight**2 for weight in vector.values())))
        columns += vector
        values += [weight / length for weight in vector.values()]
        ends.append(len(columns))
    return Rows(
        np.array(ends, np.int64), np.array(columns, np.int32), np.array(values, float), WIDTH
    )


@given(st.lists(weights, min_size=1, max_size=12), st.integers(1, 6), st.data())
def test_texts_are_crowded_when_one_of_the_new_ones_has_enough_like_it(
    vectors: list[dict[int, float]], enough: int, data: st.DataObject
) -> None:
    rows = rows_of(vectors)
    asked = data.draw(st.lists(st.sampled_from(range(len(vectors))), unique=True))
    dense = np.zeros((len(vectors), WIDTH))
    for row, vector in enumerate(vectors):
        for column, weight in vector.items():
            dense[row, column] = weight
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    unit = np.divide(dense, lengths, out=np.zeros_like(dense), where=lengths > 0.0)
    cosines = unit @ unit.T
    assume(not np.isclose(cosines, ALIKE, atol=1e-9).any())
    wanted = any((cosines[row] >= ALIKE).sum() >= enough for row in asked)
    assert crowded(rows, np.array(asked, np.int64), ALIKE, enough) == wanted
