"""Which negocio does a value of a file's column mean? The same value means the same one at every run."""

import itertools
from collections.abc import Collection, Iterator

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from dashboards.importing import BadRow
from dashboards.imports.errors import BadOption
from dashboards.models import Negocio
from dashboards.models.negocio import CODE

MOST_CODE = 64
MOST_NAME = 200
# Letters that Unicode doesn't take apart into an ASCII letter and a mark.
LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
     "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "’": "'"}
)  # fmt: skip


def codes(name: str, kind: str) -> Iterator[str]:
    """The codes to try for a new negocio of that name, best first: its slug, then slug-2, slug-3, …"""
    slug = slugify(name.translate(LETTERS)) or kind
    yield slug[:MOST_CODE].rstrip("-_")
    for number in itertools.count(2):
        suffix = f"-{number}"
        yield slug[: MOST_CODE - len(suffix)].rstrip("-_") + suffix


class Negocios:
    """The negocios of one kind by the texts of a file, made where they are missing.

    A text is a name, kept as `Negocio.name` and found by it, so that two texts with one slug stay two;
    or, with `by_code`, a code.
    """

    def __init__(self, kind: str, time_zone: str = "UTC", *, by_code: bool = False) -> None:
        self.kind, self.time_zone, self.by_code = kind, time_zone, by_code
        self.created = 0  # how many had to be made
        self._known: dict[str, Negocio] = {}

    def owner(self, text: str) -> Negocio:
        """The negocio that `text` means, in the caller's transaction; raises BadRow."""
        if text not in self._known:
            self.learn({text})
        if text not in self._known:
            self._known[text] = self._by_code(text) if self.by_code else self._by_name(text)
        return self._known[text]

    def learn(self, texts: Collection[str]) -> None:
        """Look up, in one statement, those of the texts that are negocios already."""
        key = "code" if self.by_code else "name"
        if wanted := [text for text in texts if text not in self._known]:
            # Of two with one name the older one is meant, always: the last one counts here.
            found = Negocio.objects.filter(kind=self.kind, **{f"{key}__in": wanted}).order_by("-pk")
            self._known.update((getattr(negocio, key), negocio) for negocio in found)

    def _by_name(self, name: str) -> Negocio:
        if len(name) > MOST_NAME:
            raise BadRow("negocio", name, f"longer than {MOST_NAME} characters")
        for code in codes(name, self.kind):
            if Negocio.objects.filter(code=code).exists():
                continue
            if made := self._made(code, name):
                return made
            # Another import took the code a moment ago, perhaps for this very name.
            self.learn({name})
            if name in self._known:
                return self._known[name]
        raise AssertionError("codes() never ends")

    def _by_code(self, code: str) -> Negocio:
        try:
            CODE(code)
        except ValidationError:
            raise BadRow("negocio", code, "not a code: letters, digits, . - _, at most 64") from None
        if made := self._made(code, code):
            return made
        taken = Negocio.objects.get(code=code)
        if taken.kind != self.kind:
            raise BadRow("negocio", code, f"is of kind {taken.kind}, not {self.kind}")
        return taken

    def _made(self, code: str, name: str) -> Negocio | None:
        """A new negocio, or None where the code is taken."""
        try:
            with transaction.atomic():
                made = Negocio.objects.create(code=code, name=name, kind=self.kind, time_zone=self.time_zone)
        except IntegrityError:
            return None
        self.created += 1
        return made


class OneNegocio:
    """The negocio of a file that is all of one: stands where Negocios does, whatever the text."""

    def __init__(self, negocios: Negocios, code: str) -> None:
        self._negocios, self._code = negocios, code

    @property
    def created(self) -> int:
        return self._negocios.created

    def learn(self, texts: Collection[str]) -> None:
        """Nothing to learn from the file."""

    def owner(self, text: str) -> Negocio:
        try:
            return self._negocios.owner(self._code)
        except BadRow as bad:
            raise BadOption("--negocio", f"{self._code!r} {bad.reason}") from None
