"""The document of the topics as tests judge by it: validators of what it says of each topic."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import datetime
from typing import Any

from jsonschema import Draft7Validator, FormatChecker

from correlator.formats.asyncapi import document

FORMATS = FormatChecker()
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time", ValueError)
def _is_time(value: object) -> bool:
    """Whether it is RFC 3339, of a day that exists; what is no string has no format."""
    if not isinstance(value, str):
        return True
    if not _TIME.fullmatch(value):
        return False
    datetime.fromisoformat(value)
    return True


def message(topic: str) -> dict[str, Any]:
    """Return the one message of a topic."""
    (channel,) = (one for one in document()["channels"].values() if one["address"] == topic)
    (found,) = channel["messages"].values()
    name = found["$ref"].rpartition("/")[2]
    said: dict[str, Any] = document()["components"]["messages"][name]
    return said


def validator(schema: dict[str, Any], *, closed: bool = False) -> Draft7Validator:
    """Return what judges by a schema of the document; `closed`: no key beside those it names."""
    schemas = deepcopy(document()["components"]["schemas"])
    for one in schemas.values() if closed else ():
        if one.get("type") == "object":
            one["additionalProperties"] = False
    judged = {**schema, "components": {"schemas": schemas}}
    return Draft7Validator(judged, format_checker=FORMATS)
