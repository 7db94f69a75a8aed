"""One person's browser, as far as a measurement needs one."""

import time
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

PASSWORD = "open-demo-garden"
"""What `manage.py demo` prints; its module needs Django set up."""


@dataclass(frozen=True)
class Answer:
    text: str
    queries: int
    seconds: float


class Browser:
    """Signed in, on one kept connection."""

    def __init__(self, port: int, username: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._headers = {"Cookie": _sign_in(f"http://127.0.0.1:{port}/sign-in/", username)}

    def get(self, path: str) -> Answer:
        """
        Raises:
            RuntimeError: the page is not answered with 200.
        """
        started = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - started
        if response.status != 200:
            raise RuntimeError(f"{path} answers {response.status}")
        return Answer(body.decode(), int(response.headers["X-Queries"]), seconds)


def _sign_in(url: str, username: str) -> str:
    """The cookies of a new session, as a request sends them."""
    cookies = CookieJar()
    opener = build_opener(HTTPCookieProcessor(cookies))
    opener.open(url).close()
    csrf = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": csrf}
    opener.open(url, urlencode(form).encode()).close()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
