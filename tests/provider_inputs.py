"""What a provider's classes say of a resource's inputs: their names, which must be there, and what is inside them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type


def misfits(inputs: Mapping[str, Any], kind: type) -> Iterator[tuple[str, str]]:
    """What the class does not know of the inputs, and what it misses in them, at any depth: property path and problem."""
    names = input_type_py_to_pulumi_names(kind)
    types = input_type_types(kind)
    for name, parameter in inspect.signature(kind.__init__).parameters.items():  # type: ignore[misc]
        if name in names and parameter.default is inspect.Parameter.empty and names[name] not in inputs:
            yield names[name], "is missing"
    for name, value in inputs.items():
        if name not in types:
            yield name, "is unknown"
            continue
        inner = next((one for one in parts(types[name]) if inspect.isclass(one) and is_input_type(one)), None)
        if inner is None:
            continue
        if isinstance(value, Mapping):
            value = list(value.values()) if get_origin(types[name]) is Mapping else [value]
        for one in value if isinstance(value, list) else []:
            if isinstance(one, Mapping):
                yield from ((f"{name}.{path}", problem) for path, problem in misfits(one, inner))


def parts(hint: Any) -> Iterator[Any]:
    """A type and all that it is made of."""
    yield hint
    for argument in get_args(hint):
        yield from parts(argument)
