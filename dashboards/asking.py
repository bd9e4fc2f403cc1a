"""How are several questions put to PostgreSQL at once? All are sent before the first answer is waited for."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg
from django.db import connection
from psycopg.errors import FeatureNotSupported


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
    connection.ensure_connection()
    session: Any = connection.connection
    with ExitStack() as stack, connection.wrap_database_errors:
        try:
            # With one there is nothing to wait for together.
            with session.pipeline() if len(questions) > 1 else ExitStack():
                cursors = [_sent(session, question, stack) for question in questions]
        except FeatureNotSupported:  # a plan that was kept, of a table that is no longer what it was
            session.close()
            raise
        for cursor, question in zip(cursors, questions, strict=True):
            question.columns = [column.name for column in cursor.description]
            question.rows = cursor.fetchall()


def _sent(session: Any, question: Question, stack: ExitStack) -> Any:
    if question.kept:
        cursor: Any = stack.enter_context(psycopg.Cursor(session))
        cursor.execute(question.sql, question.params, prepare=True)
        if connection.queries_logged:  # Django's own cursors note what they execute
            connection.queries_log.append({"sql": question.sql, "time": ""})
    else:
        cursor = stack.enter_context(connection.cursor())
        cursor.execute(question.sql, question.params)
    return cursor
