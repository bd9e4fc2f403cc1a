"""What can go wrong when a team's tables are attached?

AttachProblem
├── BadMapping      the mapping says what can't be
├── NoFit           the tables aren't there, or not as the mapping has them
├── Ambiguous       more than one layout fits
├── Unknown         a negocio, layout or attachment that there isn't
├── Taken           the negocio has attached tables, or another kind
├── Busy            somebody holds a lock on their tables
└── Refused         PostgreSQL doesn't let us
"""

from collections.abc import Mapping, Sequence


class AttachProblem(Exception):
    """It can't be attached."""


class BadMapping(AttachProblem):
    """The mapping says what can't be."""

    def __init__(self, name: str, place: str, reason: str) -> None:
        self.name, self.place, self.reason = name, place, reason
        super().__init__(f"{name}: {place}: {reason}" if place else f"{name}: {reason}")


class NoFit(AttachProblem):
    """No mapping fits the tables that are there: what each misses."""

    def __init__(self, schema: str, missing: Mapping[str, Sequence[str]]) -> None:
        self.schema, self.missing = schema, missing
        lines = [f"  {name}: {'; '.join(problems)}" for name, problems in missing.items()]
        super().__init__("\n".join([f"the tables in the schema {schema} are not as", *lines]))


class Ambiguous(AttachProblem):
    """More than one layout fits."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        super().__init__(f"several layouts fit: {', '.join(names)}; choose one by --layout")


class Unknown(AttachProblem):
    """There is no such thing."""

    def __init__(self, what: str, name: str, known: Sequence[str] = ()) -> None:
        self.what, self.name, self.known = what, name, known
        choices = f"; there are {', '.join(known)}" if known else ""
        super().__init__(f"there is no {what} {name!r}{choices}")


class Taken(AttachProblem):
    """The negocio can't have these tables."""

    def __init__(self, code: str, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(f"the negocio {code!r} {reason}")


class Busy(AttachProblem):
    """Somebody holds a lock on their tables."""

    def __init__(self, patience: str) -> None:
        self.patience = patience
        super().__init__(
            f"another session held a table locked for more than {patience}: a long transaction or a migration. "
            "Nothing was changed; try again when it has ended, or look for it in pg_stat_activity"
        )


class Refused(AttachProblem):
    """PostgreSQL doesn't let us."""

    def __init__(self, reason: str, role: str, schema: str, tables: Sequence[str]) -> None:
        self.reason, self.role, self.schema, self.tables = reason, role, schema, tables
        names = ", ".join(f"{schema}.{table}" for table in tables)
        super().__init__(
            f"{reason}\nThe role {role} needs: GRANT USAGE ON SCHEMA {schema} TO {role}; "
            f"GRANT SELECT, TRIGGER ON {names} TO {role}; GRANT CREATE ON DATABASE … TO {role}"
        )
