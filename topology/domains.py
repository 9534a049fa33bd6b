"""The failure domains: their numbers, names and types."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from topology.customers import Attribute
from topology.ragged import Ints, Number, Values

OUTSIDE = "*"


@dataclass(frozen=True, slots=True, eq=False)
class Domains:
    """Failure domains by number: equipment, then attribute values, then `*`.

    `types` holds the ascending domain numbers of each type; `attribute_numbers[i][code]` the
    domain of a value of attribute column i, -1 for the empty value.
    """

    names: tuple[str, ...]
    type_names: tuple[str, ...]
    numbers: Mapping[str, int]
    types: Mapping[str, Ints]
    attribute_numbers: tuple[Values, ...]
    equipment_count: int


def value_name(column: str, value: str) -> str:
    """Name the failure domain of an attribute value."""
    return f"{column}={value}"


def number_domains(equipment: Mapping[str, str], attributes: Sequence[Attribute]) -> Domains:
    """Give every domain its number; `equipment` maps each id to its type, in numeric order."""
    valued = sorted(
        (value_name(attribute.name, value), attribute.name)
        for attribute in attributes
        for value in attribute.values
        if value
    )
    names = (*equipment, *(name for name, _ in valued), OUTSIDE)
    type_names = (*equipment.values(), *(column for _, column in valued), OUTSIDE)
    numbers = {name: number for number, name in enumerate(names)}
    return Domains(
        names,
        type_names,
        MappingProxyType(numbers),
        MappingProxyType(_by_type(type_names)),
        tuple(_value_numbers(attribute, numbers) for attribute in attributes),
        len(equipment),
    )


def _by_type(type_names: Sequence[str]) -> dict[str, Ints]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, type_name in enumerate(type_names):
        found[type_name].append(number)
    return {name: read_only(np.array(numbers, np.int64)) for name, numbers in found.items()}


def _value_numbers(attribute: Attribute, numbers: Mapping[str, int]) -> Values:
    return np.array(
        [numbers[value_name(attribute.name, value)] if value else -1 for value in attribute.values],
        np.int32,
    )


def read_only(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Forbid writing to an array that callers share."""
    values.flags.writeable = False
    return values
