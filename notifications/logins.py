"""What happens when one of our users logs in? The negocios that their kind lets know of it are told, in the journal."""

import logging
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.db import transaction

from dashboards.kinds import kinds
from notifications import journal

logger = logging.getLogger(__name__)


def connect() -> None:
    """Hear of every login: on a page, in the admin, for a token."""
    user_logged_in.connect(_tell, dispatch_uid="notifications.logins")


def _tell(sender: Any, user: AbstractBaseUser, **_: Any) -> None:
    """In the login's transaction, where it has one. The login goes on whatever happens here."""
    try:
        with transaction.atomic():
            for kind in kinds().values():
                for negocio_id, telling in kind.login_tellings(user).items() if kind.login_tellings else ():
                    journal.store(negocio_id, [telling])
    except Exception as error:
        logger.warning("nobody was told of a login: %s", type(error).__name__)
