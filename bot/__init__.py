"""The product that people talk to."""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # its command line: 5 MB that nobody uses here
