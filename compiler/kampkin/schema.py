"""The published contracts, generated from the models: `schemas/kampkin.schema.json` for editors, `schemas/plan.schema.json`
between Python and JavaScript."""

from __future__ import annotations

import json
from typing import Any

from kampkin.config import Document
from kampkin.plan import Plan

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DURATION = "Duration"


def config_schema() -> dict[str, Any]:
    """The JSON Schema of `kampkin.yaml`, short forms and `x-…` keys included."""
    schema = Document.model_json_schema(by_alias=True)
    sections = schema["$defs"]
    for section in (schema, *sections.values()):
        if section.get("additionalProperties") is False:
            section["patternProperties"] = {"^x-": True}
    for section in sections.values():
        for key, expand in SHORT_FORMS.items():
            if key in section.get("properties", {}) and "$ref" in json.dumps(section["properties"][key]):
                section["properties"][key] = expand(section["properties"][key])
    properties = schema["properties"]
    properties["targets"] = either(properties["targets"], {"type": "array", "items": {"enum": ["cloudflare", "aws"]}, "uniqueItems": True})
    endpoints = properties["endpoints"]
    endpoints["additionalProperties"] = either(endpoints["additionalProperties"], {"type": "string", "format": "uri"})
    endpoints["minProperties"] = 1
    return {"$schema": DIALECT, "title": "kampkin.yaml"} | {key: value for key, value in schema.items() if key != "title"}


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of `plan.json`."""
    schema = Plan.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": DIALECT, "title": "A Kampkin plan"} | {key: value for key, value in schema.items() if key != "title"}


def render(schema: dict[str, Any]) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def either(*forms: dict[str, Any]) -> dict[str, Any]:
    """Any of the forms; one that already is a choice is not nested."""
    choices = [choice for form in forms for choice in form.get("anyOf", [form])]
    return {"anyOf": choices} | {key: forms[0][key] for key in ("description", "default") if key in forms[0]}


SHORT_FORMS = {
    "cooldown": lambda form: either(form, {"type": "string", "pattern": r"^(?:(\d+)(ms|s|m|h|d))$"}),
    "fallback": lambda form: either(form, {"type": "array", "items": {"$ref": "#/$defs/Fallback"}, "minItems": 1, "maxItems": 1}),
}

SCHEMAS = {"config": config_schema, "plan": plan_schema}
"""What `kampkin schema` prints."""
