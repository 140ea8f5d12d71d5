"""The guard that keeps tests on this machine: what it refuses, and that no attempt is hidden."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from tests import offline

AWAY = "192.0.2.1"  # an address for documents, RFC 5737


def test_no_other_machine_is_looked_up_or_reached():
    with pytest.raises(offline.OfflineError, match=r"must not reach example\.org"):
        socket.create_connection(("example.org", 443), timeout=1)
    with pytest.raises(offline.OfflineError, match=r"must not reach 192\.0\.2\.1:443"):
        socket.create_connection((AWAY, 443), timeout=1)
    with socket.socket(socket.AF_INET6) as sock, pytest.raises(offline.OfflineError):
        sock.connect_ex(("2001:db8::1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(offline.OfflineError):
        sock.sendto(b"hello", (AWAY, 53))
    assert offline.taken() == ["example.org", f"{AWAY}:443", "2001:db8::1:80", f"{AWAY}:53"]


def test_a_library_that_goes_on_without_an_answer_is_found_out():
    def ask() -> None:
        with contextlib.suppress(OSError):
            socket.create_connection((AWAY, 80), timeout=1)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    assert offline.taken() == [f"{AWAY}:80"]


def test_this_machine_can_be_reached():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((host, server.getsockname()[1]), timeout=5):
                pass
    assert socket.getaddrinfo(socket.gethostname(), 80) is not None
    with socket.socket(type=socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
        sock.connect((AWAY, 80))  # asks which interface would be taken, and sends nothing
    first, second = socket.socketpair()
    first.close()
    second.close()
    assert offline.taken() == []


def test_a_test_that_hides_its_attempt_fails(pytester):
    pytester.makeconftest("from tests.conftest import only_this_machine")
    pytester.makepyfile(
        f"""
        import contextlib, socket

        def test_plain():
            pass

        def test_away():
            with contextlib.suppress(OSError):
                socket.create_connection(({AWAY!r}, 80), timeout=1)
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:fairness")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*Tests run offline, but this one asked for 192.0.2.1:80*"])
