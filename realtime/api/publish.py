"""How does another program tell something in any topic? `POST /api/publish`, one event or many (docs/publishing.md)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from dashboards.kinds import Telling
from notifications import facts
from realtime.api.callers import Caller, Refused
from realtime.api.ingest import BadBody, IngestView, Taken
from realtime.api.items import BadItem, NotAllowed, Reader
from realtime.intake import Posted
from realtime.protocol.json import dumps
from realtime.tenancy import Tenant

MOST_ITEMS = 1_000
IDEMPOTENCY_KEY = "Idempotency-Key"

Item = tuple[Tenant, Telling] | BadItem


class PublishView(IngestView):
    """POST an item or a list of them: `{"results":[{"status":"stored"|"duplicate"|"error",…}]}`, in their order."""

    bad_body = "the body is neither an item nor a list of items"

    @property
    def most_body(self) -> int:  # type: ignore[override]
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def refuse(self, reason: str, status: int) -> HttpResponse:
        return JsonResponse({"error": reason}, status=status)

    def read(self, request: HttpRequest) -> Sequence[Any]:
        document = self.load(request)
        items = document if isinstance(document, list) else [document]
        if not isinstance(document, list | dict) or not items:
            raise BadBody(self.bad_body)
        if len(items) > MOST_ITEMS:
            raise BadBody(f"at most {MOST_ITEMS} items at once, these are {len(items)}", 413)
        return items

    def take(self, document: Sequence[Any], caller: Caller, request: HttpRequest) -> Taken:
        reader = Reader(caller, request, request.headers.get(IDEMPOTENCY_KEY, ""))
        items = [_read(reader, item, place) for place, item in enumerate(document)]
        if all(isinstance(item, NotAllowed) for item in items):
            raise Refused(403, "not for this negocio")
        good = [(item[0].id, item[1]) for item in items if not isinstance(item, BadItem)]
        return Taken(Posted(good, window=facts.SAME_REQUEST), partial(_answer, items))


def _answer(items: Sequence[Item], news: Sequence[bool]) -> HttpResponse:
    left = iter(news)
    results = [item.document() if isinstance(item, BadItem) else _stored(next(left)) for item in items]
    return HttpResponse(dumps({"results": results}), content_type="application/json")


def _read(reader: Reader, document: Any, place: int) -> Item:
    try:
        return reader.read(document, place)
    except BadItem as fault:
        return fault


def _stored(is_news: bool) -> Mapping[str, Any]:
    return {"status": "stored" if is_news else "duplicate"}
