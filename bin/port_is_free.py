"""Exit with a sentence when HOST PORT cannot be listened at."""

import socket
import sys

host, port = sys.argv[1:]
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
    except OSError as error:
        sys.exit(f"Cannot listen at {host}:{port}: {error.strerror}. Choose: make demo PORT=8001")
