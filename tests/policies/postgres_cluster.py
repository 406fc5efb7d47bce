"""A throw-away PostgreSQL server on a Unix socket, for the tests of what processes share."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ACCOUNTS = ("postgres", "nobody")  # initdb refuses to run as root


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed: pip install '.[postgres]'"
    return "" if _program("initdb") else "PostgreSQL is not installed: apt-get install postgresql"


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a fresh, empty server, gone afterwards."""
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket has 107 characters
    try:
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        data, log = folder / "data", folder / "log"
        _run(account, [_program("initdb"), "-D", str(data), "-A", "trust", "-U", "govdata", "-E", "UTF8", "--no-sync"])
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run(account, [_program("pg_ctl"), "-D", str(data), "-l", str(log), "-o", options, "-w", "start"])
        try:
            yield f"postgresql://govdata@/postgres?host={folder}"
        finally:
            _run(account, [_program("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or ""


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one for one in pwd.getpwall()}
    return next(known[name] for name in _ACCOUNTS if name in known)


def _run(account: pwd.struct_passwd | None, command: Sequence[str]) -> None:
    own = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **own)  # type: ignore[call-overload]
