"""Exit 0 when the site answers at HOST PORT."""

import sys
from urllib.error import URLError
from urllib.request import urlopen

host, port = sys.argv[1:]
host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - every interface, this one too
try:
    with urlopen(f"http://{host}:{port}/healthz", timeout=5):
        pass
except URLError:
    sys.exit(1)
