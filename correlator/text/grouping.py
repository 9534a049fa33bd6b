"""Texts as vectors that resemble each other: groups, cosine, mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from correlator.text.kernels.likeness import Rows

Vector: TypeAlias = dict[str, float]
"""Weights by stem, of length 1."""

SMALLEST = 5
"""Texts of a group, at least."""
_STRANGERS = 0.4  # cosine below which two texts have nothing in common
_TWINS = 0.75  # cosine from which two texts count as equally near: identical ones are no denser
_CENTROID_STEMS = 20


def grouped(texts: Rows) -> list[list[int]]:
    """Return the groups that HDBSCAN finds, as row numbers, the largest first.

    Texts more alike than twins are put equally far apart: identical ones would be infinitely dense.
    A small group of points further off than all is added: without it, one dense group alone is
    never told from the rest.
    """
    # Nothing is grouped before enough texts are alike: until then nobody waits for these imports.
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415

    ends = np.append(0, texts.ends)
    vectors = csr_matrix((texts.values, texts.columns, ends), (len(texts.ends), texts.width))
    alike = csr_matrix(vectors @ vectors.T)
    alike.data[alike.data < _STRANGERS] = 0.0
    alike.eliminate_zeros()
    rows = np.flatnonzero(np.diff(alike.indptr) >= SMALLEST)  # the others have too few like them
    size = len(rows) + SMALLEST
    distances = np.ones((size, size))
    inside = distances[: len(rows), : len(rows)]
    np.subtract(1.0, np.minimum(alike[rows][:, rows].toarray(), _TWINS), out=inside)
    distances[len(rows) :, len(rows) :] = 1.0 - _TWINS
    np.fill_diagonal(distances, 0.0)
    model = HDBSCAN(min_cluster_size=SMALLEST, metric="precomputed", copy=False)
    labels = model.fit_predict(distances)[: len(rows)]
    groups = [rows[labels == label].tolist() for label in range(labels.max(initial=-1) + 1)]
    return sorted((group for group in groups if group), key=lambda group: (-len(group), group))


def cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of two vectors of length 1."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other.get(stem, 0.0) for stem, weight in one.items())


def mean(vectors: Sequence[Vector]) -> Vector:
    """Return the direction of the mean, its strongest stems only, of length 1."""
    total: Vector = {}
    for vector in vectors:
        for stem, weight in vector.items():
            total[stem] = total.get(stem, 0.0) + weight
    strongest = sorted(total, key=lambda stem: (-total[stem], stem))[:_CENTROID_STEMS]
    length = float(np.sqrt(sum(total[stem] ** 2 for stem in strongest)))
    return {stem: total[stem] / length for stem in strongest}
