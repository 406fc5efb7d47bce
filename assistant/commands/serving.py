"""serve: the web app."""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import socket
import sys
import threading
import webbrowser

from assistant.domain import Text
from assistant.errors import AssistantError, UserError
from assistant.parts import Parts
from assistant.settings import load_settings
from assistant.web.identity import UsersFile


def serve(options: argparse.Namespace) -> int:
    settings = load_settings(workspace=options.workspace)
    _demand_free(options.host, options.port)
    sys.stderr.write("正在启动 / starting …\n")
    from assistant.assembly import build

    parts = build(settings)
    users = UsersFile(settings.state / "users.json")
    names = sorted(parts.policies.users)
    fresh = users.reset(names) if options.reset_passwords else users.ensure(names)
    _tell_passwords(fresh)
    import uvicorn

    from assistant.web.server import build_server

    app = build_server(parts, users)
    gc.freeze()  # what stays for the life of the service is not walked again by every collection
    address = f"http://{options.host}:{options.port}"
    threading.Thread(target=_warm, args=(parts,), daemon=True).start()
    sys.stderr.write(f"政务数据助手 / GovData Assistant: {address}\n")
    if sys.stdout.isatty():
        webbrowser.open(address)
    logging.getLogger("uvicorn.access").disabled = True
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning")
    return 0


def _warm(parts: Parts) -> None:
    """Load the encoder before the first policy question needs it; a failure is told when a question meets it."""
    with contextlib.suppress(AssistantError):
        parts.retriever.warm()


def _demand_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise UserError(
                Text(
                    zh=f"端口 {port} 已被占用。请换一个端口：govdata serve --port {port + 1}。",
                    en=f"Port {port} is taken. Choose another: govdata serve --port {port + 1}.",
                )
            ) from None


def _tell_passwords(fresh: dict[str, str]) -> None:
    if not fresh:
        sys.stderr.write("登录口令已在首次启动时给出；忘记时用 govdata serve --reset-passwords。\n")
        return
    sys.stderr.write("演示用户及口令（只显示这一次） / demo users and passwords (shown once):\n")
    for user_id, password in fresh.items():
        sys.stderr.write(f"  {user_id:<10} {password}\n")
