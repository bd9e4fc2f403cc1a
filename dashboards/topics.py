"""What are the topics called that mean the same for every kind?"""

# Everything told to the negocio's staff.
EVENTS = "events"
# What asks for the staff's attention, in kinds that tell it apart from the rest.
ALERTS = "alerts"
# The base of each user's own topic.
USER = "user"


def user_topic(user: str) -> str:
    """The topic of what one user alone is told."""
    return f"{USER}:{user}"
