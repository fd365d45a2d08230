"""Bounds on what is read of a folder, which may come from strangers."""

MAX_FILES = 1_000
MAX_LINES_BYTES = 4 * 1024**3
"""Bytes of a file that is read line by line, after decompression."""
MAX_DOCUMENT_BYTES = 128 * 1024**2
"""Bytes of a JSON document that is read as a whole, after decompression."""
MAX_DOCUMENT_VALUES = 8_000_000
"""Commas and brackets in such a document: each value takes up to 100 bytes of memory."""
MAX_EXPANSION = 250
"""Times that decompression may enlarge a file of more than `MAX_DOCUMENT_BYTES`."""
MAX_LINE = 1_000_000
"""Characters of a log line, span or change."""
MAX_ROW = 16_000_000
"""Characters of a row of a table."""
MAX_COLUMNS = 50_000
MAX_CELLS = 50_000_000
MAX_SERIES = 50_000
MAX_SPANS = 1_000_000
MAX_CHANGES = 10_000
MAX_SERVICES = 5_000
MAX_TIME = 4e9
"""Epoch seconds (year 2096); later times are garbage."""
MAX_DURATION_S = 1e9
