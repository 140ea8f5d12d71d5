"""Nothing but this machine can be reached from the process of the tests.

An audit hook of Python sees every socket, whatever library opens it. Other processes that tests
start are not guarded; the servers that they run listen on 127.0.0.1.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from typing import Any

_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})
_LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_attempts: list[str] = []
_installed: list[bool] = []


class OfflineError(OSError):
    """What libraries see, as they would without a network."""


def refuse_other_machines() -> None:
    """Refuse to look up or to reach any other machine, in this process, from now on."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # that the hub's client need not find it out
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_watch)


def taken() -> list[str]:
    """Return whom somebody tried to reach since the last call."""
    found = list(_attempts)
    _attempts.clear()
    return found


def wanted(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Return the other machine that an event is about, None where it stays on this one.

    Examples
    --------
    >>> wanted("socket.getaddrinfo", ("example.org", 443, 0, 0, 0))
    'example.org'
    >>> wanted("socket.getaddrinfo", ("127.0.0.1", 80, 0, 0, 0))
    """
    if event in _LOOKUPS:
        return None if _is_address(arguments[0]) or _is_here(arguments[0]) else _text(arguments[0])
    if event not in _SENDS:
        return None
    sock, address = arguments[0], arguments[-1]
    asks_only = event == "socket.connect" and sock.type == socket.SOCK_DGRAM  # sends nothing
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or address is None or asks_only:
        return None
    return None if _is_here(address[0]) else f"{_text(address[0])}:{address[1]}"


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    machine = wanted(event, arguments)
    if machine is not None:
        _attempts.append(machine)
        raise OfflineError(f"Tests must not reach {machine}.")


def _text(host: Any) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)


def _is_address(host: Any) -> bool:
    """Whether a host is written in numbers, so that nobody is asked what it stands for."""
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _is_here(host: Any) -> bool:
    if host is None or _text(host) in _NAMES or _text(host) == socket.gethostname():
        return True
    if not _is_address(host):
        return False
    address = ipaddress.ip_address(_text(host).partition("%")[0])
    return address.is_loopback or address.is_unspecified
