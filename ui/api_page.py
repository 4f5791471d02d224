"""`/docs`: the HTTP interface for people, made from its own description; it loads nothing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from ui.markup import escaped

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 52rem; margin: 0 auto; padding: 2rem 1.25rem 4rem;
  font: 16px/1.55 system-ui, sans-serif; }
h2 { margin: 2.2rem 0 .2rem; font-size: 1rem; overflow-wrap: anywhere; }
h2 b { display: inline-block; min-width: 4.2rem; color: light-dark(#0b6b5f, #5fd0bf); }
p { margin: .3rem 0; white-space: pre-line; }
table { border-collapse: collapse; margin-top: .4rem; font-size: .92rem; }
td { padding: .2rem 1rem .2rem 0; vertical-align: top; }
code, pre { font: .9em ui-monospace, monospace; }
pre { padding: .8rem 1rem; overflow-wrap: anywhere; white-space: pre-wrap; border-radius: 8px;
  background: light-dark(#f3f3f0, #23272c); }
"""
_EXAMPLE = """curl -s ADDRESS/api/ask -H 'Content-Type: application/json' \\
  -d '{"question": "When is the summit?"}'"""


def api_page() -> APIRouter:
    """`/docs`."""
    router = APIRouter()

    @router.get("/docs", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        """What can be asked of the server, and how."""
        schema = request.app.openapi()
        address = str(request.base_url).rstrip("/")
        routes = "".join(
            _route(method, path, told, schema)
            for path, methods in sorted(schema["paths"].items())
            for method, told in methods.items()
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Cited QA: for programs</title><style>{_STYLE}</style></head><body><main>"
            "<h1>Cited QA for programs</h1>"
            f"<pre>{escaped(_EXAMPLE.replace('ADDRESS', address))}</pre>"
            "<p>The same as data: <a href='/openapi.json'>/openapi.json</a>. Assistants find the "
            f"tools ask and search at <code>{escaped(address)}/mcp</code>. Where the server wants "
            "accounts, send <code>Authorization: Bearer TOKEN</code>.</p>"
            f"{routes}</main></body></html>"
        )

    return router


def _route(method: str, path: str, told: dict[str, Any], schema: dict[str, Any]) -> str:
    rows = [
        (parameter["name"], f"in the {parameter['in']}", parameter.get("required", False))
        for parameter in told.get("parameters", [])
    ] + _body(told, schema)
    listed = "".join(
        f"<tr><td><code>{escaped(name)}</code></td><td>{escaped(what)}"
        f"{'' if required else ', if you like'}</td></tr>"
        for name, what, required in rows
    )
    return (
        f"<h2><b>{method.upper()}</b> <code>{escaped(path)}</code></h2>"
        f"<p>{escaped(told.get('description', ''))}</p>"
        f"{f'<table>{listed}</table>' if listed else ''}"
    )


def _body(told: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, bool]]:
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    model = schema.get("components", {}).get("schemas", {}).get(name, {})
    required = model.get("required", [])
    return [(field, "in the JSON body", field in required) for field in model.get("properties", {})]
