"""What clients can make one process hold, and for how long; docs/operations.md says the same."""

from coderauth.http.decoding import MAX_BYTES

MAX_HEAD = 64 * 1024
MAX_FIELDS = 100
MAX_BODY = MAX_BYTES
# Chunks of one byte cost a thousand times what their content does.
MAX_CHUNKS = 16_384
MAX_CHUNK_LINE = 1024
# Bytes of all requests and answers that clients are still sending, waiting for or reading.
MAX_HELD = 64 * 1024 * 1024
# What a client may send ahead while its request is worked on.
MAX_AHEAD = MAX_HEAD
# Requests that wait for a thread, and how long one may.
MAX_WAITING = 1_000
WAITING_SECONDS = 10.0
MAX_CONNECTIONS = 10_000
# Longer than proxies keep theirs (60 s), so that they close first and lose no request.
IDLE_SECONDS = 75.0
# How long a refused client may go on sending before it is cut off: it may not have read yet.
LINGER_SECONDS = 2.0
# How long requests that are worked on may take to finish when the server stops.
FINISHING_SECONDS = 4.0
# How long requests may take to arrive completely then.
ARRIVING_SECONDS = 0.5
