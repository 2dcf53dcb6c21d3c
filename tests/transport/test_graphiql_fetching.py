"""`app.py graphiql` brings GraphiQL's pinned files to this machine, once and whole, or says in one line why it cannot."""

import os
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha384
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from stat import S_IMODE
from threading import Thread

import pytest

from schema.transport import graphiql
from schema.transport.graphiql import LIBRARIES, Library, fetching
from schema.transport.graphiql.fetching import FetchError, fetch
from tests.transport.nodejs import RUN
from tests.transport.test_app import run

NOWHERE = "http://127.0.0.1:9"
"""Where nothing listens: whoever has this as a proxy or a registry is offline."""


@pytest.fixture
def without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "no programs"))


@pytest.fixture
def with_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The npm of the wheel that pyright brings, as a program on the path."""
    program = tmp_path / "programs" / "npm"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c \'{RUN}\' npm "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "npm_config_registry"):
        monkeypatch.setenv(name, NOWHERE)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)


@pytest.fixture
def small(tmp_path: Path, without_npm: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Library, ...]]:
    """Files of our own under the libraries' names, with the digests that they have, on a server that stands for the CDN."""
    made: list[Library] = []
    for library in LIBRARIES:
        path = tmp_path / "cdn" / f"{library.package}@{library.version}" / library.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content := f"// {library.served_as}\n".encode())
        made.append(replace(library, digest=b64encode(sha384(content).digest()).decode()))
    for module in (graphiql, fetching):
        monkeypatch.setattr(module, "LIBRARIES", tuple(made))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "cdn")))
    monkeypatch.setattr(graphiql, "CDN", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Thread(target=server.serve_forever, daemon=True).start()
    yield tuple(made)
    server.shutdown()
    server.server_close()


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}


def test_what_is_missing_is_fetched_once(small: tuple[Library, ...], tmp_path: Path) -> None:
    folder = tmp_path / "home" / "graphiql"
    names = [library.served_as for library in small]
    whole = {name: f"// {name}\n" for name in names}
    assert fetch(folder) == names
    assert held(folder) == whole
    assert S_IMODE(folder.parent.stat().st_mode) == S_IMODE(folder.stat().st_mode) == 0o700
    assert fetch(folder) == []
    # Half of one, and another that is gone, as after a copy that was broken off.
    (folder / names[1]).write_text("// re")
    (folder / names[2]).unlink()
    assert fetch(folder) == names[1:3]
    assert held(folder) == whole


def test_what_is_not_what_was_pinned_is_not_kept_and_nor_is_anything_else(
    small: tuple[Library, ...], tmp_path: Path
) -> None:
    [changed] = (tmp_path / "cdn").rglob(small[-1].file)
    changed.write_text("alert('not what it should be')")
    with pytest.raises(FetchError, match=rf"^What came as graphiql {small[-1].version} is not what was pinned[^\n]+$"):
        fetch(tmp_path / "graphiql")
    assert held(tmp_path / "graphiql") == {}
    changed.unlink()
    with pytest.raises(FetchError, match=r"^GraphiQL cannot be fetched \([^\n]*: File not found\)[^\n]+$"):
        fetch(tmp_path / "graphiql")


def test_a_folder_that_cannot_be_made_is_named(small: tuple[Library, ...], tmp_path: Path) -> None:
    (tmp_path / "home").write_text("A file stands where the folder should be.")
    with pytest.raises(FetchError, match=r"home/graphiql cannot be written: "):
        fetch(tmp_path / "home" / "graphiql")
    with pytest.raises(FetchError, match=r"/x{300} cannot be written: "):
        fetch(tmp_path / ("x" * 300))


@pytest.mark.usefixtures("without_npm", "offline")
def test_without_npm_and_without_internet_one_line_says_what_to_do(tmp_path: Path) -> None:
    failed = run("graphiql", home=str(tmp_path / "home"))
    assert (failed.returncode, failed.stdout) == (1, "")
    [line] = failed.stderr.splitlines()
    assert line.startswith("GraphiQL cannot be fetched (unpkg.com: ")
    assert "Try again where there is internet, or copy " in line
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("with_npm")
def test_by_npm_the_real_files_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = str(tmp_path / "home")
    first, second = run("graphiql", home=home), run("graphiql", home=home)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines()[:-1] == [f"Fetched {library.served_as}." for library in LIBRARIES]
    assert second.stdout.splitlines()[0] == "All of GraphiQL is there already."
    for library in LIBRARIES:
        content = (tmp_path / "home" / "graphiql" / library.served_as).read_bytes()
        assert b64encode(sha384(content).digest()).decode() == library.digest


@pytest.mark.slow
@pytest.mark.usefixtures("with_npm", "offline")
def test_an_npm_that_reaches_nothing_is_told_beside_the_cdn(tmp_path: Path) -> None:
    failed = run("graphiql", home=str(tmp_path / "home"))
    assert failed.returncode == 1
    assert failed.stderr.startswith("GraphiQL cannot be fetched (npm: ended with status 1; unpkg.com: ")
