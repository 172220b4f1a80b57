"""Templates in the configuration, such as `{topic}: {lead}`, with names in braces. Pure."""

from collections.abc import Collection
from string import Formatter


def problem(template: str, names: Collection[str]) -> str:
    """Return what is wrong with a template that may contain these names; "" if nothing is."""
    try:
        used = [field for field in Formatter().parse(template) if field[1] is not None]
    except ValueError as error:
        return f"cannot be read: {error}"
    unknown = [name for _, name, spec, conversion in used if name not in names or spec or conversion]
    return f"has no {{{unknown[0]}}}; choose from {in_braces(names)}" if unknown else ""


def in_braces(names: Collection[str]) -> str:
    """Return the names as a template has them: `{year} {month}`."""
    return " ".join(f"{{{name}}}" for name in names)
