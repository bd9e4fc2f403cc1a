"""What does a client's connection go through: upgrade, dialect, token, subscriptions, frames, close?"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.exceptions import StopConsumer
from django.conf import settings

from realtime.authentication.admission import principal_of_token
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import NOBODY, Principal
from realtime.authorization import Action, may
from realtime.consumers.admission import Admission, Refusal, admit
from realtime.consumers.base import Event, SocketConsumer
from realtime.consumers.denial import refuse
from realtime.consumers.rates import Bucket
from realtime.consumers.repeats import DOUBTFUL, Repeats, client_of
from realtime.hub.frames import Frame
from realtime.hub.outlet import Outlet, Outcome, outlet_for
from realtime.hub.rooms import OpenRoom, RoomKey
from realtime.node import node
from realtime.passing import pass_on
from realtime.protocol import errors
from realtime.protocol.commands import (
    Authenticate,
    Command,
    Malformed,
    PassOn,
    Ping,
    Presence,
    Subscribe,
    Unsubscribe,
)
from realtime.protocol.dialects import Dialect, of_frame, of_kind
from realtime.protocol.json import DecodeError, loads
from realtime.rooms import USER_TOPIC, Room, user_topic
from realtime.tenancy import tenancy
from realtime.updates import rfc3339

logger = logging.getLogger(__name__)

SILENCE = 0.5
AUTHENTICATION_DEADLINE = 10.0
MOST_ROOMS = 100
FIRST_RETRY, LONGEST_RETRY = 0.5, 5.0

repeats = Repeats()
