"""Is attaching clear about what it does and can't do, and does detaching leave no trace?"""

import subprocess
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from dashboards.attach import attaching, checking, migrating
from dashboards.attach.attaching import attach, detach
from dashboards.attach.checking import broken, check_all
from dashboards.attach.errors import Ambiguous, Busy, NoFit, Taken, Unknown
from dashboards.attach.preparing import Wish, prepare
from dashboards.attach.reading import RESPITE, schema_of
from dashboards.kinds import kind_named
from dashboards.metrics import Scope, compute
from dashboards.models import Attachment, Change, Membership, Negocio
from realtime.embedded.binaries import find_installation
from tests.acceptance.databases import django_uses, fresh_database, url_of
from tests.attach import theirs
from tests.attach.database import KINDS, NEGOCIO, Team, attach_layout, figure, noted
from tests.attach.test_figures import documented as documented_count

RENAMED = """
[tables.espacio]
from = "puestos"
id = "codigo"
columns = { numero = "etiqueta", estado = "situacion" }
values.estado = { L = "libre", O = "ocupado", "*" = "mantenimiento" }
"""


def dump(schema: str) -> str:
    """pg_dump -s of a schema."""
    program = str(find_installation().program("pg_dump"))
    url = url_of(connection.settings_dict["NAME"])
    done = subprocess.run([program, "-s", "-n", schema, url], capture_output=True, text=True, check=True)
    # A word that is another at every run keeps a dump from being run by mistake.
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


@pytest.mark.parametrize("layout", theirs.TABLES)
def test_detaching_leaves_both_schemas_as_they_were(team: Team, layout: str) -> None:
    theirs.create(team.connection, layout)
    before = dump("public"), dump(settings.SCHEMA), schemas()
    attachment = attach_layout(layout)
    assert dump("public") != before[0]
    detach(attachment)
    assert (dump("public"), dump(settings.SCHEMA), schemas()) == before
    assert not Negocio.objects.filter(kind=KINDS[layout]).exists()


def schemas() -> set[str]:
    """And foreign servers, and extensions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' UNION ALL "
            "SELECT srvname FROM pg_foreign_server UNION ALL SELECT extname FROM pg_extension"
        )
        return {name for (name,) in cursor.fetchall()}


def test_a_negocio_that_somebody_works_for_outlives_its_attachment(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attachment = attach_layout("documented")
    negocio = Negocio.objects.get(code=NEGOCIO)
    Membership.objects.create(negocio=negocio, external_user_id="7")
    assert detach(attachment) == [NEGOCIO]
    assert figure(negocio, "stats")["espacios_total"] == 0
    negocio.delete()


@pytest.mark.parametrize("layout", theirs.TABLES)
def test_the_layout_is_found_by_the_tables(team: Team, layout: str) -> None:
    theirs.create(team.connection, layout)
    assert prepare(Wish(KINDS[layout], NEGOCIO)).mapping.name == layout


def test_tables_that_fit_no_layout_are_told_what_each_lacks(team: Team) -> None:
    theirs.create(team.connection, "documented")
    team.execute("ALTER TABLE espacios RENAME estado TO situacion")
    with pytest.raises(NoFit) as caught:
        prepare(Wish("parking", NEGOCIO))
    assert "documented: espacios has no column estado (for espacio.estado)" in str(caught.value)
    assert "field: there is no table cliente; there is no table detalle_pago" in str(caught.value)


def test_tables_that_fit_two_layouts_need_one_named(team: Team) -> None:
    theirs.create(team.connection, "documented")
    theirs.create(team.connection, "field")
    with pytest.raises(Ambiguous, match="documented, field"):
        prepare(Wish("parking", NEGOCIO))
    assert prepare(Wish("parking", NEGOCIO, layout="field")).mapping.name == "field"


def test_what_there_is_not_is_told(team: Team) -> None:
    theirs.create(team.connection, "documented")
    with pytest.raises(Unknown, match="documented, field"):
        prepare(Wish("parking", NEGOCIO, layout="none"))
    with pytest.raises(Unknown, match="--negocio CODE"):
        prepare(Wish("parking"))
    with pytest.raises(NoFit, match="in the schema nowhere"):
        prepare(Wish("parking", NEGOCIO, schema="nowhere"))
    with pytest.raises(CommandError, match="there is no kind 'bakery'"):
        call_command("attach", "bakery", "--negocio", NEGOCIO)
    with pytest.raises(CommandError, match=r"no es una zona"):
        call_command("attach", "parking", "--negocio", NEGOCIO, "--time-zone", "Nope/Zone")


def test_a_negocio_of_another_kind_or_attached_already_is_refused(team: Team) -> None:
    theirs.create(team.connection, "documented")
    other = Negocio.objects.create(code="cola", name="cola", kind="citas")
    with pytest.raises(Taken, match="is of the kind citas"):
        prepare(Wish("parking", "cola"))
    other.delete()
    attach_layout("documented")
    with pytest.raises(Taken, match="has attached tables already"):
        prepare(Wish("parking", NEGOCIO))


def test_a_dry_run_prints_the_sql_and_changes_nothing(team: Team) -> None:
    theirs.create(team.connection, "field")
    before = dump("public"), schemas()
    out = StringIO()
    call_command("attach", "parking", "--negocio", NEGOCIO, "--dry-run", stdout=out)
    assert (dump("public"), schemas()) == before
    assert not Attachment.objects.exists()
    assert "CREATE OR REPLACE TRIGGER" in out.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('dashboards_attachment', 'id'))")
        cursor.execute(out.getvalue())  # what is printed can be run
    schema = next(iter(schemas() - before[1]))
    team.execute(f"DROP SCHEMA {schema} CASCADE")


def test_the_same_columns_under_other_names_by_a_mapping_file(team: Team, tmp_path: Path) -> None:
    team.execute("CREATE TABLE puestos (codigo varchar PRIMARY KEY, etiqueta varchar, situacion char(1))")
    team.execute("INSERT INTO puestos VALUES ('p1', 'A1', 'L'), ('p2', 'A2', 'O'), ('p3', 'A3', 'X')")
    (tmp_path / "mine.toml").write_text(RENAMED)
    out = StringIO()
    call_command("attach", "parking", "--negocio", NEGOCIO, "--mapping", str(tmp_path / "mine.toml"), stdout=out)
    assert "public.puestos -> espacio" in out.getvalue()
    noted()
    assert figure(NEGOCIO, "stats") == {
        "espacios_total": 3, "espacios_libres": 1, "espacios_ocupados": 2, "ingresos_dia": 0,
    }  # fmt: skip
    team.execute("UPDATE puestos SET situacion = 'L' WHERE codigo = 'p2'")
    ((_, _, _, ((row),)),) = noted()
    assert (row["old"]["estado"], row["new"]) == (
        "ocupado", {"external_id": "p2", "numero": "A2", "estado": "libre"},
    )  # fmt: skip
    call_command("detach", "parking", "--negocio", NEGOCIO, stdout=out)
    with pytest.raises(CommandError, match="nothing is attached so"):
        call_command("detach", "parking")


def test_two_schemas_are_two_negocios(team: Team) -> None:
    for schema in ("uno", "dos"):
        theirs.create(team.connection, "documented", schema)
        attach_layout("documented", schema, schema)
    team.execute("DELETE FROM dos.espacios WHERE id > 5")
    ids = {code: Negocio.objects.get(code=code).pk for code in ("uno", "dos")}
    computed = compute(kind_named("parking").metric("stats"), Scope(list(ids.values())))
    assert {code: computed.figures[id]["espacios_total"] for code, id in ids.items()} == {"uno": 12, "dos": 5}
    with pytest.raises(CommandError, match="choose one"):
        call_command("detach", "parking")
    call_command("detach", "parking", "--schema", "uno", stdout=StringIO())
    assert [each.schema for each in Attachment.objects.all()] == ["dos"]
    team.execute("DROP SCHEMA uno, dos CASCADE")


def test_a_locked_table_is_waited_for_a_moment_only(team: Team, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs.create(team.connection, "documented")
    monkeypatch.setattr(attaching, "LOCK_PATIENCE", "100ms")
    before = dump("public")
    with team.connection.transaction():
        team.execute("LOCK TABLE espacios")
        with pytest.raises(Busy, match="locked for more than 100ms"):
            attach(prepare(Wish("parking", NEGOCIO)))
    assert (dump("public"), Attachment.objects.count()) == (before, 0)


def test_a_dropped_column_spoils_nobody_elses_figures_and_heals(team: Team) -> None:
    theirs.create(team.connection, "field")
    attach_layout("field")
    other = Negocio.objects.create(code="otro", name="otro", kind="parking")
    here = Negocio.objects.get(code=NEGOCIO)
    team.execute("ALTER TABLE espacio DROP COLUMN numero")
    computed = compute(kind_named("parking").metric("stats"), Scope([here.pk, other.pk]))
    assert set(computed.figures) == {other.pk}
    assert "column t.numero does not exist" in computed.unreadable[here.pk]
    check_all()
    (wrong,) = broken()
    assert (wrong["negocios"], wrong["error"]) == (NEGOCIO, "public: espacio has no column numero (for espacio.numero)")
    team.execute("ALTER TABLE espacio ADD COLUMN numero varchar NOT NULL DEFAULT 'x'")
    Change.objects.all().delete()
    check_all()
    assert broken() == []
    assert [operation for _, operation, *_ in noted()] == ["refresh"]
    assert figure(NEGOCIO, "stats")["espacios_total"] == 10
    other.delete()


def test_a_table_that_was_made_anew_is_watched_again(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    team.execute("DROP TABLE espacios")
    check_all()
    assert broken()[0]["error"] == "public: there is no table espacios"
    team.execute("CREATE TABLE espacios (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), numero text, estado text)")
    check_all()
    assert broken() == []
    noted()
    team.execute("INSERT INTO espacios (numero, estado) VALUES ('1', 'libre')")
    assert [change[:3] for change in noted()] == [("parking_espacio", "insert", 1)]
    assert figure(NEGOCIO, "stats")["espacios_libres"] == 1


def test_a_doubt_that_was_none_has_the_figures_told(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attachment = attach_layout("documented")
    checking.doubt([Negocio.objects.get(code=NEGOCIO).pk])
    assert broken()
    check_all()
    assert broken() == []
    assert [change[:2] for change in noted()] == [("", "refresh")]
    attachment.refresh_from_db()
    assert attachment.checked_at is not None


def test_their_migration_that_holds_a_table_delays_its_own_negocio_only(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    other = Negocio.objects.create(code="otro", name="otro", kind="parking")
    with team.connection.transaction():
        team.execute("LOCK TABLE espacios")
        ids = [Negocio.objects.get(code=NEGOCIO).pk, other.pk]
        started = time.monotonic()
        for metric in kind_named("parking").metrics:
            assert set(compute(metric, Scope(ids)).figures) == {other.pk}
        assert time.monotonic() - started < 1.5  # one wait, not one for each metric
    time.sleep(RESPITE)
    assert figure(NEGOCIO, "stats")["espacios_total"] == 12
    other.delete()


def test_what_they_alter_is_not_held_by_us(team: Team) -> None:
    theirs.create(team.connection, "field")
    attach_layout("field")
    for statement in (
        "ALTER TABLE espacio ALTER COLUMN numero TYPE text",
        "ALTER TABLE espacio ADD COLUMN piso int",
        "ALTER TABLE espacio RENAME numero TO etiqueta",
        "ALTER TABLE espacio RENAME TO plaza",
        "DROP TABLE detalle_pago",
    ):
        team.execute(statement)


def test_the_kinds_own_migrations_go_on_beside_attached_tables(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attachment = attach_layout("documented")
    migrating.hide(plan=["something"])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE parking_espacio ALTER COLUMN numero TYPE varchar(40)")
        cursor.execute("ALTER TABLE parking_espacio ALTER COLUMN numero TYPE varchar(32)")
    unread = compute(kind_named("parking").metric("stats"), Scope([Negocio.objects.get(code=NEGOCIO).pk])).unreadable
    assert schema_of(attachment.pk) in next(iter(unread.values()))
    migrating.show(plan=["something"])
    assert figure(NEGOCIO, "stats")["espacios_total"] == 12


def test_reading_leaves_the_connection_as_it_was(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    figure(NEGOCIO, "stats")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_setting('lock_timeout')")
        assert cursor.fetchone() == (settings.SCHEMA, "0")


@pytest.fixture
def elsewhere(django_db_blocker: Any) -> Iterator[str]:
    """The URL of another database, with the documented layout."""
    with fresh_database() as name:
        with psycopg.connect(url_of(name), autocommit=True) as there:
            theirs.create(there, "documented")
            theirs.create(there, "citas")
        yield url_of(name)


@pytest.mark.parametrize("layout", ["documented", "citas"])
def test_tables_on_another_server_are_read_through_a_foreign_server(team: Team, elsewhere: str, layout: str) -> None:
    before = dump(settings.SCHEMA), schemas()
    attachment = attach(prepare(Wish(KINDS[layout], None if layout == "citas" else NEGOCIO, dsn=elsewhere)))
    password = connection.settings_dict["PASSWORD"]
    assert password not in str(Attachment.objects.values().get())
    with psycopg.connect(elsewhere, autocommit=True) as there:
        if layout == "documented":
            there.execute("UPDATE espacios SET estado = 'libre' WHERE id = 1")
            assert figure(NEGOCIO, "stats")["espacios_libres"] == 4
            assert figure(NEGOCIO, "espacios_disponibles")[0]["id"] == 1
        else:
            code = Negocio.objects.filter(kind="citas")[0].code
            there.execute("UPDATE citas SET estado = 'atendida' WHERE negocio_id = %s", [code])
            assert figure(code, "stats")["citasCompletadas"] == 20
            assert figure(code, "proximas") == {"proximas": []}
        noted()
        checking.ask_for_unwatched()
        assert {operation for _, operation, *_ in noted()} == {"refresh"}
        table = "espacios" if layout == "documented" else "citas"
        there.execute(f"ALTER TABLE {table} DROP COLUMN estado".encode())
        check_all()
        assert "estado" in broken()[0]["error"]
    detach(attachment)
    assert (dump(settings.SCHEMA), schemas()) == before


def test_another_server_that_cannot_be_reached_is_named_without_its_password(team: Team) -> None:
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:1/none") as caught:
        call_command("attach", "parking", "--negocio", NEGOCIO, "--dsn", "postgres://somebody:hidden@127.0.0.1:1/none")
    assert "hidden" not in str(caught.value)


def test_who_may_not_is_told_what_to_grant(team: Team, database: str) -> None:
    theirs.create(team.connection, "documented")
    team.execute("CREATE ROLE pulso_guest LOGIN PASSWORD 'guest'")
    try:
        team.execute("GRANT USAGE ON SCHEMA pulso TO pulso_guest")
        team.execute("GRANT ALL ON ALL TABLES IN SCHEMA pulso TO pulso_guest")
        team.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA pulso TO pulso_guest")
        with django_uses(database, USER="pulso_guest", PASSWORD="guest"), pytest.raises(CommandError) as caught:
            call_command("attach", "parking", "--negocio", NEGOCIO)
        assert "GRANT SELECT, TRIGGER ON public.espacios TO pulso_guest" in str(caught.value)
    finally:
        team.execute("DROP OWNED BY pulso_guest")
        team.execute("DROP ROLE pulso_guest")


def test_the_counts_of_a_table_that_is_not_attached_any_more_are_our_own(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attachment = attach_layout("documented")
    documented_count(team)
    keeper = Negocio.objects.get(code=NEGOCIO)
    Membership.objects.create(negocio=keeper, external_user_id="9")
    detach(attachment)
    assert figure(keeper, "stats")["espacios_total"] == 0
    keeper.delete()
