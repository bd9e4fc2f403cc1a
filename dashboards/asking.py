"""How are several questions put to PostgreSQL at once? All are sent before the first answer is waited for."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import Transformer
from psycopg.errors import FeatureNotSupported, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus


class Question:
    """A statement that reads. `rows` and the `columns` that they have are there once it was asked.

    `kept`: PostgreSQL keeps its plan for as long as the connection lives. The parameters are PostgreSQL's then.
    """

    def __init__(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = (), kept: bool = False) -> None:
        self.sql, self.params, self.kept = sql, params, kept
        self.rows: list[Any] = []
        self.columns: list[str] = []


def ask(*questions: Question) -> None:
    """Have all of them answered, in their order, each by a snapshot of its own as outside.

    Where the caller has no transaction they are one together: the error of one is that of all.
    """
    if not questions:
        return
    # The proxy would look for the thread's connection at each word.
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    session = database.connection
    with database.wrap_database_errors:
        try:
            if len(questions) == 1:  # nothing to wait for together
                _answer(questions[0], _sent(database, session, questions[0]))
                return
            with session.pipeline():
                cursors = [_sent(database, session, question) for question in questions]
        except FeatureNotSupported:  # a plan that was kept, of a table that is no longer what it was
            session.close()
            raise
        for question, cursor in zip(questions, cursors, strict=True):
            _answer(question, cursor)


def at_once(*statements: str) -> list[tuple[Any, ...]]:
    """Have statements without parameters executed in one round trip; returns the rows of the last.

    Without a cursor, and all of the way without the interpreter's lock. One of them may be BEGIN or COMMIT, where
    Django believes itself in a transaction: it would send that by itself, with a round trip of its own.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    database.validate_no_broken_transaction()
    session = database.connection
    with database.wrap_database_errors:
        result = session.pgconn.exec_("; ".join(statements).encode())
        if session.pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError(session.pgconn.get_error_message())
        if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            raise error_from_result(result)
        reader = Transformer(session)
        reader.set_pgresult(result)
        return reader.load_rows(0, result.ntuples, tuple)


def is_idle() -> bool:
    """Is PostgreSQL in no transaction, whatever Django believes?"""
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    return bool(database.connection.pgconn.transaction_status == TransactionStatus.IDLE)


def _answer(question: Question, cursor: Any) -> None:
    with cursor:
        result = cursor.pgresult
        # Without the objects that cursor.description makes of them.
        question.columns = [result.fname(place).decode() for place in range(result.nfields)]
        question.rows = cursor.fetchall()


def _sent(database: Any, session: Any, question: Question) -> Any:
    if question.kept:
        cursor: Any = psycopg.Cursor(session)
        cursor.execute(question.sql, question.params, prepare=True)
        if database.queries_logged:  # Django's own cursors note what they execute
            database.queries_log.append({"sql": question.sql, "time": ""})
    else:
        cursor = database.cursor()
        cursor.execute(question.sql, question.params)
    return cursor
