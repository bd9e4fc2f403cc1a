"""How does a template name a live figure? `{% figure "stats.citasHoy" %}` writes it and binds it for the client."""

from collections.abc import Callable, Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

MISSING = "—"
# The thousands' point and the decimal comma of Ecuador.
SWAP = str.maketrans(".,", ",.")


def number(value: float) -> str:
    """As the browser writes it (static/pulso/format.js): at most two decimals."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return text.translate(SWAP)


def money(value: float) -> str:
    """US dollars, what Ecuador pays with."""
    return f"${value:,.2f}".translate(SWAP)


FORMATS: Mapping[str, Callable[[float], str]] = {"number": number, "money": money}


@register.simple_tag(takes_context=True)
def figure(context: Context, path: str, format: str = "number") -> SafeString:
    """The figure of a path `metric.field`, written as `number` or `money`."""
    value: Any = context.get("figures", {})
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    text = FORMATS[format](value) if isinstance(value, int | float) else MISSING
    return format_html('<span data-metric="{}" data-format="{}">{}</span>', path, format, text)
