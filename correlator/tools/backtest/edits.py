"""A catalog with one number of one rule changed."""

from __future__ import annotations

import hashlib

import msgspec

from rules.model import FEWEST_CALLERS, Catalog, Rule

KEYS = ("dial_share", "cause_gain", "callers", "alarms")
"""What can be varied; of `alarms` a factor of every `follows`."""


class Edit(msgspec.Struct, frozen=True):
    """One number of one rule: `key` is one of `KEYS`."""

    rule: str
    key: str
    value: float


def edited(catalog: Catalog, edit: Edit) -> Catalog:
    """Return a catalog with another number; raises ValueError where there is no such thing.

    What a rule's share of the dial loses or gains, all others gain or lose in proportion.
    """
    if edit.key not in KEYS:
        raise ValueError(f"no such key: {edit.key!r}; one of {', '.join(KEYS)}")
    if all(rule.id != edit.rule for rule in catalog.rules):
        raise ValueError(f"no such rule: {edit.rule!r}")
    rules = tuple(_edited(rule, catalog.rule(edit.rule), edit) for rule in catalog.rules)
    version = hashlib.sha256(f"{catalog.version} {edit}".encode()).hexdigest()[:16]
    return msgspec.structs.replace(catalog, version=version, rules=rules)


def _edited(rule: Rule, target: Rule, edit: Edit) -> Rule:
    if edit.key == "dial_share":
        if not 0.0 < edit.value < 1.0:
            raise ValueError(f"a share of the dial is between 0 and 1, not {edit.value:g}")
        rest = (1.0 - edit.value) / max(1.0 - target.dial_share, 1e-9)
        share = edit.value if rule is target else rule.dial_share * rest
        return msgspec.structs.replace(rule, dial_share=share)
    if rule is not target:
        return rule
    if edit.key == "cause_gain":
        return msgspec.structs.replace(rule, cause_gain=edit.value)
    if edit.key == "callers":
        if edit.value < FEWEST_CALLERS or edit.value % 1:
            raise ValueError(f"callers are a whole number from {FEWEST_CALLERS} on")
        return msgspec.structs.replace(rule, callers=int(edit.value))
    alarms = tuple(
        msgspec.structs.replace(one, follows=min(0.95, one.follows * edit.value))
        for one in rule.alarms
    )
    return msgspec.structs.replace(rule, alarms=alarms)
