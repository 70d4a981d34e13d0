# SPDX-License-Identifier: Apache-2.0
"""One ONNX node on its way in: its inputs, its attributes (each read or refused), its refusals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import onnx

from codesign.errors import ImportRefused
from codesign.frontend.values import Array, Constant, Quantised, Value, View


@dataclass
class Call:
    """A node with its inputs found; an absent optional input is None."""

    node: onnx.NodeProto
    inputs: Sequence[Value | None]
    opset: int
    read: set[str] = field(default_factory=set)

    @property
    def output(self) -> str:
        """The name of the first output."""
        return str(self.node.output[0])

    def attribute(self, name: str, default: Any) -> Any:
        """The attribute's value, or what the ONNX standard says where it is absent; text is decoded."""
        self.read.add(name)
        found = next((a for a in self.node.attribute if a.name == name), None)
        if found is None:
            return default
        value = onnx.helper.get_attribute_value(found)
        return value.decode(errors="replace") if isinstance(value, bytes) else value

    def only(self, name: str, default: Any, *accepted: Any) -> Any:
        """The attribute's value, refused unless it is the default or one of `accepted`."""
        value = self.attribute(name, default)
        allowed = (default, *accepted)
        if value not in allowed:
            self.refuse(f"{name}={value!r} is not supported", f"use {' or '.join(map(repr, allowed))}")
        return value

    def refuse(self, reason: str, remedy: str) -> NoReturn:
        """Raise ImportRefused that names the node, the reason and what to do."""
        who = self.node.name or self.output
        raise ImportRefused(f"node {who} ({self.node.op_type}): {reason}; {remedy}")

    def unread(self) -> None:
        """Refuse an attribute that no one asked for."""
        for attribute in self.node.attribute:
            if attribute.name not in self.read:
                self.refuse(f"attribute {attribute.name} is not known here", "remove it or replace the node")

    def given(self, position: int) -> bool:
        """Whether an optional input is there."""
        return position < len(self.inputs) and self.inputs[position] is not None

    def value(self, position: int) -> Value:
        """An input that must be there."""
        value = self.inputs[position] if position < len(self.inputs) else None
        if value is None:
            self.refuse(f"input {position} is missing", "the ONNX standard requires it")
        return value

    def view(self, position: int = 0) -> View:
        """An input that must be a quantised activation."""
        value = self.value(position)
        if not isinstance(value, View):
            kind = (
                "a constant" if isinstance(value, Constant | Quantised) else "a float input that no quantiser has seen"
            )
            self.refuse(
                f"input {self.node.input[position]} is {kind}, where a quantised activation is expected",
                "put a Quant or QuantizeLinear node in front",
            )
        return value

    def constant(self, position: int) -> Array:
        """An input that must be a plain constant."""
        value = self.value(position)
        if not isinstance(value, Constant):
            self.refuse(
                f"input {self.node.input[position]} is computed at run time, a constant is expected",
                "export the model with constants folded",
            )
        return value.array

    def integers(self, position: int, attribute: str) -> list[int] | None:
        """A list that later opsets take as an input and earlier ones as an attribute; None where absent."""
        if self.given(position):
            return [int(v) for v in self.constant(position).ravel()]
        found = self.attribute(attribute, None)
        return None if found is None else [int(v) for v in found]

    def scalar(self, position: int, what: str) -> float:
        """An input that must be one number."""
        array = self.constant(position)
        if array.size != 1:
            self.refuse(f"{what} has {array.size} values", "one value is expected")
        return float(array.ravel()[0])
