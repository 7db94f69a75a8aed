"""What the state of things does not allow."""

from django.utils.functional import Promise


class Refused(Exception):
    """Raised by policies and actions; the message tells a person what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
