"""Serving the page: the port, and what a person reads when it cannot be had."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from index.errors import ServerError
from tests.conftest import ROOT
from ui import serve as serving
from ui.command import chat
from ui.serve import listen, serve


def test_a_port_in_use_is_told_before_anything_is_read(home: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"^Port {port} is in use\. .* --port {port + 1}\.$"):
            serve(home, port=port)
    assert not home.exists()


def test_a_port_that_was_left_can_be_had_at_once() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            first.accept()[0].close()
    listen("127.0.0.1", port).close()


def test_a_host_that_is_not_this_machine_is_refused_in_a_sentence() -> None:
    # 192.0.2.0/24 is kept for documentation (RFC 5737): no machine has it.
    with pytest.raises(ServerError, match=r"^http://192\.0\.2\.1:7860 cannot be served: "):
        listen("192.0.2.1", 7860)


def test_a_port_for_the_system_alone_is_refused_in_a_sentence() -> None:
    denied = PermissionError(errno.EACCES, "Permission denied")
    assert "Choose one above 1023" in serving._why_not("127.0.0.1", 80, denied)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is another signal there")
@pytest.mark.parametrize("inherited", [signal.SIG_DFL, signal.SIG_IGN], ids=["front", "background"])
def test_an_interrupt_stops_the_page_cleanly_while_it_warms_up(
    tmp_path: Path, inherited: signal.Handlers
) -> None:
    command = [sys.executable, "-m", "qa", "chat", "--port", "0", "--home", str(tmp_path)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, inherited),
    ) as page:
        assert page.stdout is not None
        for line in page.stdout:
            if line.startswith("Cited QA is at http://127.0.0.1:"):
                break
        page.send_signal(signal.SIGINT)
        assert page.stdout.read() == "Stopped.\n"
    assert page.returncode == 0


def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert serving._address("::1", 7860) == "http://[::1]:7860"


def test_chat_explains_each_of_its_options() -> None:
    app = Typer()
    app.command()(chat)
    help_text = " ".join(CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output.split())
    assert all(option in help_text for option in ("--home", "--port", "--host", "password"))
