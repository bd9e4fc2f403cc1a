"""Do the roll-ups say what the rows say, and how are they made to? docs/architecture.md explains them."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models

from dashboards.rollups.folding import fold, rolled_models
from dashboards.rollups.verifying import drift, rebuild

SHOWN = 20


class Command(BaseCommand):
    help = "Hold the roll-ups against the rows that they count (verify), or count those anew (rebuild)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify", "rebuild", "fold"])
        parser.add_argument("tables", nargs="*", metavar="TABLE", help="of these tables only, e.g. citas_cita")

    def handle(self, action: str, tables: Sequence[str], **options: Any) -> None:
        actions = {"verify": self._verify, "rebuild": self._rebuild, "fold": self._fold}
        actions[action](_chosen(tables))

    def _verify(self, chosen: Sequence[type[models.Model]]) -> None:
        """Ends with 1 where something is wrong, and says what."""
        wrong = []
        for model in chosen:
            found = drift(model)
            self.stdout.write(f"{model._meta.db_table}: {f'{len(found)} keys are wrong' if found else 'right'}")
            wrong += found
        if wrong:
            lines = [f"  {each}" for each in wrong[:SHOWN]] + ["  …"] * (len(wrong) > SHOWN)
            raise CommandError("\n".join(["the roll-ups don't say what the rows say; `rollups rebuild`", *lines]))

    def _rebuild(self, chosen: Sequence[type[models.Model]]) -> None:
        for model in chosen:
            self.stdout.write(f"{model._meta.db_table}: {rebuild(model):,} tallies made of its rows")

    def _fold(self, chosen: Sequence[type[models.Model]]) -> None:
        for model in chosen:
            self.stdout.write(f"{model._meta.db_table}: {fold(model, few=0):,} deltas folded")


def _chosen(tables: Sequence[str]) -> Sequence[type[models.Model]]:
    rolled = {model._meta.db_table: model for model in rolled_models()}
    if unknown := sorted(set(tables) - rolled.keys()):
        raise CommandError(f"nothing is rolled up of {', '.join(unknown)}; there are {', '.join(sorted(rolled))}")
    return [rolled[table] for table in tables] if tables else list(rolled.values())
