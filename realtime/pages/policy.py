"""What may a page load and run? Only what this service itself serves, so that injected markup stays dead."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    # Older Safari doesn't take a socket of the same host for 'self'.
    "connect-src 'self' ws://{host} wss://{host}"
)

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def own_content_only(view: View) -> View:
    """The view, its answers under the policy."""

    @functools.wraps(view)
    def under_policy(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY.format(host=request.get_host())
        return response

    return cast(View, under_policy)
