"""How do tests post as a team's back-end does?"""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from dashboards.models import Negocio
from notifications.models import Event
from notifications.service_keys import new_key
from realtime.tenancy import tenancy

Told = tuple[str, str, Any]


@dataclass
class Caller:
    """Who sends these headers with every post."""

    headers: dict[str, str]

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Status and answer; `body` is sent as it is where it is bytes, else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body)
        response = Client().post(path, content, "application/json", headers=self.headers | headers)
        is_json = response["Content-Type"].startswith("application/json")
        return response.status_code, response.json() if is_json else response.content.decode()


@dataclass
class BackEnd(Caller):
    """A back-end with a service key of its negocio."""

    negocio: Negocio

    def told(self) -> list[Told]:
        """Topic, type and data of what its negocio was told, in order."""
        rows = Event.objects.filter(negocio_id=self.negocio.pk).order_by("id")
        return list(rows.values_list("topic", "type", "data"))


def back_end(code: str, kind: str) -> BackEnd:
    """A new negocio's."""
    negocio = Negocio.objects.create(code=code, name=code, kind=kind, hosts=[f"{code}.example"])
    tenancy.forget()
    return BackEnd({"X-API-Key": new_key(negocio, "prueba"), "Host": "localhost"}, negocio)
