"""The published contracts, generated from the models: `schemas/kampkin.schema.json` for editors, `schemas/plan.schema.json`
between Python and JavaScript."""

from __future__ import annotations

import json
from typing import Any

from kampkin.config import Document
from kampkin.plan import Plan
from kampkin.values import DURATION, pattern

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def config_schema() -> dict[str, Any]:
    """The JSON Schema of `kampkin.yaml`, short forms and `x-…` keys included.

    It says what a key may hold, not what makes sense together: `kampkin check` is the judge.
    """
    schema = tidy(Document.model_json_schema(by_alias=True))
    roots = schema, schema["$defs"]["Environment"]
    for section in (schema, *schema["$defs"].values()):
        section["patternProperties"] = {"^x-": True}
        for key, form in section["properties"].items():
            if key in SHORT_FORMS and (key != "targets" or section in roots):
                section["properties"][key] = either(form, SHORT_FORMS[key])
    for section in roots:
        for form in section["properties"]["endpoints"].get("anyOf", [section["properties"]["endpoints"]]):
            for name, endpoint in form.get("patternProperties", {}).items():
                form["patternProperties"][name] = either(endpoint, schema["$defs"]["Endpoint"]["properties"]["origin"])
    schema["properties"]["endpoints"]["minProperties"] = 1
    return {"$schema": DIALECT, "title": "kampkin.yaml"} | schema


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of `plan.json`."""
    return {"$schema": DIALECT, "title": "A Kampkin plan"} | tidy(
        Plan.model_json_schema(by_alias=True, mode="serialization")
    )


def render(schema: dict[str, Any]) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def either(*forms: dict[str, Any]) -> dict[str, Any]:
    """Any of the forms; one that already is a choice is not nested."""
    kept = {key: forms[0][key] for key in ("description",) if key in forms[0]}
    return kept | {"anyOf": [choice for form in forms for choice in form.get("anyOf", [form])]}


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


SHORT_FORMS = {
    "cooldown": pattern(DURATION),
    "fallback": {"$ref": "#/$defs/Fallback"},
    "targets": {"type": "array", "items": {"enum": ["cloudflare", "aws"]}, "uniqueItems": True},
}
"""What may stand in place of a map or a list; an endpoint may be its URL."""

SCHEMAS = {"config": config_schema, "plan": plan_schema}
"""What `kampkin schema` prints."""
