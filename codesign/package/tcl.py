# SPDX-License-Identifier: Apache-2.0
"""Values as words of Tcl: the settings that the vendors' scripts read."""

from collections.abc import Iterable, Mapping


def tcl_word(text: str) -> str:
    """Return `text` as one word, taken literally. It holds neither a brace without its partner nor a backslash."""
    assert text.count("{") == text.count("}") and "\\" not in text, text
    return text if text and not set(text) & set(' \t\n{}[]$";#') else f"{{{text}}}"


def tcl_list(items: Iterable[str]) -> str:
    """Return a list as text."""
    return " ".join(map(tcl_word, items))


def tcl_dict(items: Mapping[str, str]) -> str:
    """Return a dictionary as text."""
    return tcl_list(word for item in items.items() for word in item)


def settings_file(script: str, values: Mapping[str, str]) -> str:
    """Return the text of `settings.tcl` beside a script: one variable a line."""
    lines = [f"set {name} {tcl_word(value)}" for name, value in values.items()]
    return "\n".join(["# SPDX-License-Identifier: Apache-2.0", f"# Read by {script}.", *lines, ""])
