"""Where do the tested pages come from? The real server process, on a database of its own and without Redis."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.acceptance.cluster import ROOT, Web, free_port
from tests.acceptance.databases import fresh_database, url_of
from tests.pages.stage import BARBERIA

INSERT_CITA = """INSERT INTO citas_cita
    (negocio_id, fecha, hora_inicio, estado, cliente_id, cliente_nombre, creado_en, actualizado_en)
    SELECT id, (now() AT TIME ZONE time_zone)::date, '09:30', 'pendiente', '', %s, now(), now()
    FROM dashboards_negocio WHERE code = %s"""


class House:
    """The server, which can die and come back on the same port, and the database behind it."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.port = free_port()
        # Who has logged in -> the cookies of the session.
        self.sessions: dict[str, list[Any]] = {}
        self.web: Web | None = None
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "REDIS_ADDR"}},
            "DATABASE_URL": url_of(database),
            "PULSO_DATA_DIR": str(folder),
            "PULSO_DEMO": "0",
            "UPDATE_INTERVAL": "1",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and return once it is ready."""
        self.web = Web(self.port, environment=self.environment, log=self.folder / "web.log")
        self.web.wait_ready()

    def is_up(self) -> bool:
        return self.web is not None and self.web.process.poll() is None

    def kill(self) -> None:
        assert self.web is not None
        self.web.kill()
        self.web.stop()  # closes its log

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server neither answers nor closes anything meanwhile."""
        assert self.web is not None
        self.web.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.web.signal(signal.SIGCONT)

    def log(self) -> str:
        assert self.web is not None
        return self.web.text()

    def execute(self, statement: str, *values: object) -> None:
        """Write as psql would: another process than the server, and none of our code."""
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True, options="-c search_path=pulso") as db:
            db.execute(statement, values)

    def book(self, cliente: str = "Luz") -> None:
        """One more cita today."""
        self.execute(INSERT_CITA, cliente, BARBERIA)

    def cancel_all(self) -> None:
        self.execute("DELETE FROM citas_cita")


@contextmanager
def a_house(folder: Path) -> Iterator[House]:
    with fresh_database() as database:
        house = House(database, folder)
        command = [sys.executable, "manage.py", "shell", "-c", "from tests.pages import stage; stage.set_stage()"]
        subprocess.run(command, cwd=ROOT, env=house.environment, check=True, stdout=subprocess.DEVNULL)
        house.start()
        try:
            yield house
        finally:
            if house.web is not None:
                house.web.stop()
