"""The reference page: the OpenAPI document for people, in plain HTML without a script."""

from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
nav a { margin-right: 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; text-transform: capitalize }
details { border: 1px solid #8884; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem }
summary { cursor: pointer }
summary b { display: inline-block; width: 4.5rem; font-family: ui-monospace, monospace }
code, td { font-family: ui-monospace, monospace; font-size: .9em }
td { padding: .1rem 1rem .1rem 0; vertical-align: top }
"""


def page(document: dict[str, Any]) -> str:
    """The whole page."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in by_tag)
    parts = "".join(f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(each)}' for tag, each in by_tag.items())
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Patchbay API</title><style>{STYLE}</style>'
        f"<h1>Patchbay API {escape(document['info']['version'])}</h1><p>{escape(document['info']['description'])} "
        f'For programs: <a href="openapi.json">openapi.json</a>.</p><nav>{links}<a href="#schemas">schemas</a></nav>{parts}'
        f'<h2 id="schemas">schemas</h2>{schemas}</html>'
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [(each["name"], each["in"], _kind(each["schema"])) for each in operation["parameters"]]
    sent = [("body", "", operation.get("requestBody", {}))]
    answered = [(status, "answer", response) for status, response in operation["responses"].items()]
    for name, place, part in (*sent, *answered):
        rows += [(name, place, _kind(content.get("schema", {}))) for content in part.get("content", {}).values()]
    table = "".join(f"<tr><td>{escape(name)}</td><td>{escape(place)}</td><td>{kind}</td></tr>" for name, place, kind in rows)
    return (
        f"<details><summary><b>{method.upper()}</b><code>{escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"<table>{table}</table></details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td>{escape(field)}{'' if field in needed else '?'}</td><td>{_kind(kind)}</td></tr>"
        for field, kind in schema.get("properties", {}).items()
    )
    return f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary><table>{rows}</table></details>'


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "prefixItems" in schema:
        return f"[{', '.join(_kind(each) for each in schema['prefixItems'])}]"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "enum" in schema:
        return escape(" | ".join(str(each) for each in schema["enum"]))
    return escape(str(schema.get("format") or schema.get("type", "anything")))
