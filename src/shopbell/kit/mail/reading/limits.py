"""How much of a mail is read. Whatever is beyond is cut, and the mail says so in `problems`.

A newcomer's mistake: raising a limit to make one mail readable. The raw bytes are stored anyway;
these figures are what keeps one hostile mail from taking the machine.
"""

RAW_BYTES = 35 * 1024 * 1024
HEADER_BLOCK_BYTES = 256 * 1024
HEADER_BYTES = 16 * 1024  # of one header, cut before anything structured looks at it
HEADERS = 500
PARTS = 200
DEPTH = 20
ADDRESSES = 500
BOUNDARY = 200
REFERENCES = 100
HTML_BYTES = 1024 * 1024
SHOWN_HEADERS = 64 * 1024
NAME_CHARACTERS = 200

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 10
WALL_SECONDS = 15.0
