"""The published contracts, generated from the models: `schemas/kampkin.schema.json` and `schemas/include.schema.json` for
editors, `schemas/plan.schema.json` between Python and JavaScript.

An editor's schema says what a key may hold, and as far as JSON Schema can what makes sense together; `kampkin check` is the
judge. Beside what JSON Schema defines it has what editors read: `markdownDescription`, `enumDescriptions`, `errorMessage`.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from inspect import getdoc
from typing import Any

from kampkin.config import (
    Document,
    Endpoint,
    EndpointChange,
    Environment,
    Included,
    Override,
    OverrideChange,
    Section,
    Settings,
)
from kampkin.keys import Choice, Entries, Fixed, Form, Items, Key, Scalar, flow, keys_of, noun, type_of
from kampkin.layers import CAN_BE_OFF
from kampkin.plan import Plan

DIALECT = "https://json-schema.org/draft/2020-12/schema"

CHANGES: dict[type[Section], type[Section]] = {
    Environment: Document,
    EndpointChange: Endpoint,
    OverrideChange: Override,
}
"""What a section of an environment changes: what is needed there cannot be taken back."""


class Nulls(Enum):
    """What null says in a part of a file."""

    NOTHING = "nothing: it is refused"
    OFF = "the setting is off"
    REMOVES = "what the file says there is taken back"


def config_schema() -> dict[str, Any]:
    """The JSON Schema of `kampkin.yaml`."""
    return editors_schema(Document, "kampkin.yaml")


def include_schema() -> dict[str, Any]:
    """The JSON Schema of a file that a `kampkin.yaml` includes."""
    return editors_schema(Included, "a file that kampkin.yaml includes")


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of `plan.json`."""
    return {"$schema": DIALECT, "title": "A Kampkin plan"} | tidy(
        Plan.model_json_schema(by_alias=True, mode="serialization")
    )


def render(schema: dict[str, Any]) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def editors_schema(model: type[Section], title: str) -> dict[str, Any]:
    """The JSON Schema of a file that holds the section."""
    definitions = Definitions()
    root = definitions.section(model, Nulls.NOTHING)
    return {"$schema": DIALECT} | root | {"title": title, "$defs": definitions.found}


class Definitions:
    """Sections and values by name, each written once."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    def section(self, model: type[Section], nulls: Nulls) -> dict[str, Any]:
        """A map whose keys the language fixes, and `x-…`."""
        keys = keys_of(model)
        required = [key.name for key in keys if key.required]
        needed = {key.name for key in keys_of(CHANGES.get(model, model)) if key.required}
        return {
            "title": noun(model),
            "description": plain(getdoc(model) or ""),
            "type": "object",
            "properties": {key.name: self.key(key, nulls, key.name in needed) for key in keys},
            "patternProperties": {"^x-": True},
            "additionalProperties": False,
            **({"required": required} if required else {}),
            **rules_of(model),
        }

    def key(self, key: Key, nulls: Nulls, needed: bool) -> dict[str, Any]:
        """What may stand behind a key, and what is told of it: once more in each form, where editors look for it."""
        told = told_of(key)
        long, short = (key.form.long, key.form.short) if isinstance(key.form, Choice) else (key.form, None)
        forms = [(type_of(long), self.form(long, nulls))]
        if short:
            forms.append((type_of(short), self.form(short, Nulls.NOTHING)))
        again = {"markdownDescription": told["markdownDescription"]}
        choices = [{"title": f"{key.title}: {plain(of)}"} | again | form for of, form in forms]
        off = nulls is Nulls.OFF and key.name in CAN_BE_OFF
        if (off or nulls is Nulls.REMOVES) and not needed:
            choices.append(null(nulls) | {"title": f"{key.title}: null"})
        return told | (forms[0][1] if len(choices) == 1 else {"anyOf": choices})

    def form(self, form: Form, nulls: Nulls) -> dict[str, Any]:
        """What may stand in a place."""
        match form:
            case Scalar(schema) if "title" not in schema:
                return dict(schema)
            case Scalar(schema):
                name = re.sub("[^a-z0-9]+", "-", schema["title"].lower()).strip("-")
                assert self.found.setdefault(name, dict(schema)) == schema, f"two values are called {name}"
                return {"$ref": f"#/$defs/{name}"}
            case Items(of, some):
                least: dict[str, Any] = {"minItems": 1} if some else {}
                if some and isinstance(of, Scalar):
                    least["uniqueItems"] = True
                return {"type": "array", "items": self.form(of, Nulls.NOTHING), **least}
            case Entries(name, of, removable):
                inner = self.form(of, nulls)
                if removable or nulls is Nulls.REMOVES:
                    inner = either(inner, null(Nulls.REMOVES))
                names = {name.schema.get("pattern", ""): inner}
                return {"type": "object", "patternProperties": names, "additionalProperties": False}
            case Choice(long, short):
                return either(self.form(long, nulls), self.form(short, Nulls.NOTHING))
            case Fixed(model):
                return {"$ref": f"#/$defs/{self.defined(model, nulls)}"}

    def defined(self, model: type[Section], nulls: Nulls) -> str:
        """The name of a section's definition."""
        name = f"{model.__name__}InEnvironment" if nulls is Nulls.REMOVES else model.__name__
        if issubclass(model, Environment):
            nulls = Nulls.REMOVES
        elif issubclass(model, Settings) and nulls is Nulls.NOTHING:
            nulls = Nulls.OFF
        if name not in self.found:
            self.found[name] = {}
            self.found[name] = self.section(model, nulls)
        return name


def rules_of(model: type[Section]) -> dict[str, Any]:
    """What makes sense together in a section, as far as the model can say it in JSON Schema."""
    rules = model.model_config.get("json_schema_extra")
    return dict(rules) if isinstance(rules, dict) else {}


def null(nulls: Nulls) -> dict[str, Any]:
    """Null, and what it says."""
    return {"title": "null", "description": f"null: {nulls.value}.", "type": "null"}


def told_of(key: Key) -> dict[str, Any]:
    """What an editor shows of a key.

    An example that is a map stands in the text: the language server would offer it as `[object Object]`.
    """
    default = key.unset if key.default is None else flow(key.default)
    facts = [f"Type: {type_of(key.form)}", "Required" if key.required else f"Default: {default}"]
    if key.see:
        facts.append(f"See {page_of(key.see)}")
    maps = [f"`{key.name}: {flow(one)}`" for one in key.examples if has_map(one)]
    if maps:
        facts.append(f"Example: {', '.join(maps)}")
    told: dict[str, Any] = {
        "title": key.title,
        "description": plain(" ".join(f"{fact.rstrip('.')}." for fact in (key.meaning, *facts))),
        "markdownDescription": "\n\n".join([key.meaning, "  \n".join(facts)]),
    }
    if examples := [one for one in key.examples if not has_map(one)]:
        told["examples"] = examples
    return told if key.default is None else told | {"default": key.default}


def has_map(value: Any) -> bool:
    """Whether the value is a map or a list with one."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(has_map, value)))


def plain(text: str) -> str:
    """Markdown as a plain text."""
    return text.replace("`", "")


def page_of(see: str) -> str:
    """The page, from the repository's root."""
    return f"docs/language.md{see}" if see.startswith("#") else f"docs/{see}"


def either(*forms: dict[str, Any]) -> dict[str, Any]:
    """Any of the forms; one that already is a choice is not nested."""
    return {"anyOf": [choice for form in forms for choice in form.get("anyOf", [form])]}


def tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what says nothing: titles made of names, defaults of null. A map of names is closed."""
    kept = {
        key: tidied(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and (key, value) != ("default", None)
    }
    return kept | ({"additionalProperties": False} if "patternProperties" in kept else {})


def tidied(value: Any) -> Any:
    """What stands in a schema, tidied where it is one or a list of them."""
    if isinstance(value, list):
        return [tidied(part) for part in value]
    return tidy(value) if isinstance(value, dict) else value


SCHEMAS = {"config": config_schema, "include": include_schema, "plan": plan_schema}
"""What `kampkin schema` prints."""
