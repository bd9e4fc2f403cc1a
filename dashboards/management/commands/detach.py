"""How is an attachment ended, without a trace?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboards.attach.attaching import detach
from dashboards.attach.errors import AttachProblem
from dashboards.models import Attachment


class Command(BaseCommand):
    help = "Read a team's tables no longer: triggers, views and all else that `attach` made are removed."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("kind", metavar="KIND", help="citas, parking, repairs, …")
        add("--negocio", metavar="CODE", help="one whose tables they are")
        add("--schema", help="where their tables are")

    def handle(self, **options: Any) -> None:
        wanted = {
            "negocios__negocio__code": options["negocio"],
            "schema": options["schema"],
            "kind": options["kind"],
        }
        found = Attachment.objects.filter(**{name: value for name, value in wanted.items() if value}).distinct()
        if len(found) != 1:
            raise CommandError(_choice(list(found)))
        try:
            kept = detach(found[0])
        except AttachProblem as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Detached {found[0]}.")
        if kept:
            self.stdout.write(f"Kept, since they have people, keys or rows by now: {', '.join(kept)}")


def _choice(found: list[Attachment]) -> str:
    if not found:
        return "nothing is attached so"
    lines = [f"  {each} ({', '.join(each.negocios.values_list('negocio__code', flat=True)[:3])})" for each in found]
    return "\n".join(["several are, choose one by --negocio or --schema:", *lines])
