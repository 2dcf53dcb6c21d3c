"""Wrong settings: each is refused at start in a line that names it, and no secret is made for an operator."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from app import main
from models.kit.database import sqlite_path
from schema.transport.settings import SettingsError, read_settings
from tests.transport import test_app
from tests.transport.test_app import SECRET, run

REFUSALS: list[tuple[dict[str, str], list[str]]] = [
    ({"database_url": "postgres://localhost/x", "secret": "hunter2"}, ["INTEROFFICE_SECRET: .*at least 32"]),
    (
        {"database_url": "mysql://localhost/x", "secret": SECRET},
        ["INTEROFFICE_DATABASE_URL: .*sqlite:/// or postgres://"],
    ),
    ({"database_url": "postgres://localhost", "secret": SECRET}, ["INTEROFFICE_DATABASE_URL: .*names no database"]),
    ({"database_url": "sqlite://", "secret": SECRET}, ["INTEROFFICE_DATABASE_URL: .*names no file"]),
    ({"former_secret": "hunter2"}, ["INTEROFFICE_FORMER_SECRET: .*at least 32"]),
    ({"port": "eight"}, ["INTEROFFICE_PORT: "]),
    ({"port": "70000"}, ["INTEROFFICE_PORT: "]),
    ({"prot": "8000"}, ["INTEROFFICE_PROT: there is no such setting; do you mean INTEROFFICE_PORT?"]),
    ({"allowed_origins": "https://a.example,b.example/x"}, ["INTEROFFICE_ALLOWED_ORIGINS: b.example/x is no origin"]),
    ({"graphiql": "perhaps"}, ["INTEROFFICE_GRAPHIQL: "]),
    ({"log_level": "LOUD"}, ["INTEROFFICE_LOG_LEVEL: "]),
    ({"metrics_token": "hunter2"}, ["INTEROFFICE_METRICS_TOKEN: .*at least 16"]),
    ({"sockets_per_account": "0"}, ["INTEROFFICE_SOCKETS_PER_ACCOUNT: .*greater than or equal to 1"]),
    (
        {"oidc_issuer": "https://id.example"},
        ["OIDC also needs INTEROFFICE_OIDC_JWKS_URL and INTEROFFICE_OIDC_AUDIENCE"],
    ),
    (
        {"oidc_issuer": "https://id.example", "oidc_audience": "us", "oidc_jwks_url": "http://id.example/keys"},
        ["must begin with https://"],
    ),
    ({"oidc_role_names": "agents=KING"}, ["INTEROFFICE_OIDC_ROLE_NAMES: "]),
    ({"oidc_role_names": "agents"}, ["INTEROFFICE_OIDC_ROLE_NAMES: "]),
    (
        {"port": "eight", "prot": "1", "log_level": "LOUD"},
        ["INTEROFFICE_LOG_LEVEL", "INTEROFFICE_PORT", "INTEROFFICE_PROT"],
    ),
]


@pytest.mark.parametrize(("settings", "lines"), REFUSALS)
def test_a_wrong_setting_is_refused_with_a_line_that_names_it(
    settings: dict[str, str],
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"INTEROFFICE_{name.upper()}", value)
    assert main(["serve"]) == 2
    printed, complained = capsys.readouterr()
    assert printed == ""
    said = complained.splitlines()
    assert len(said) == len(lines)
    for pattern, line in zip(lines, sorted(said), strict=True):
        assert re.search(pattern.replace("?", r"\?"), line)
    assert settings.get("secret", "no secret") not in complained


def test_nobody_generates_a_secret_for_an_operators_own_database(tmp_path: Path) -> None:
    for url in ("postgres://localhost/x", f"sqlite:///{tmp_path}/x.db"):
        with pytest.raises(SettingsError, match="INTEROFFICE_SECRET: needed"):
            read_settings(database_url=url, home=tmp_path).security()
    assert list(tmp_path.iterdir()) == []


def test_half_a_secret_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"")
    with pytest.raises(SettingsError, match=r"secret holds no whole secret\. Remove it"):
        read_settings(home=tmp_path).security()


def test_the_generated_secret_is_made_once(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path / "home")
    settings.url()
    first = settings.security().secret
    assert len(first) >= 32
    assert settings.security().secret == first
    assert read_settings(home=tmp_path / "elsewhere", secret=SECRET).security().secret == SECRET.encode()


def test_what_a_former_secret_sealed_is_still_opened(tmp_path: Path) -> None:
    before, after = SECRET, SECRET[::-1]
    cursor = read_settings(home=tmp_path, secret=before).seal().sealed("OrderUpdate", "7")
    assert read_settings(home=tmp_path, secret=after, former_secret=before).seal().opened("OrderUpdate", cursor) == "7"
    with pytest.raises(ValueError, match="not sealed by us"):
        read_settings(home=tmp_path, secret=after).seal().opened("OrderUpdate", cursor)


@pytest.mark.slow
def test_a_refusal_to_start_is_an_exit_code_and_a_line_and_no_traceback(tmp_path: Path) -> None:
    refused = run(database_url="postgres://localhost/x", home=str(tmp_path / "home"))
    line = "INTEROFFICE_SECRET: needed beside INTEROFFICE_DATABASE_URL, at least 32 random characters.\n"
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", line)


def refuses(**settings: str) -> str:
    """The one line that a start ends with, which it does soon."""
    began = time.monotonic()
    refused = run("serve", "--port", "0", secret=SECRET, **settings)
    assert time.monotonic() - began < 60
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
    return refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_file_that_is_no_whole_database_is_said_in_one_line(database_url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(sqlite_path(database_url))) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = sqlite_path(database_url).read_bytes()
    contents = [b"This is no database. " * 1_000, whole[:50], whole[: len(whole) // 2], whole[:-4096]]
    for number, content in enumerate(contents):
        file = tmp_path / f"{number}.db"
        file.write_bytes(content)
        assert refuses(database_url=f"sqlite:///{file}").startswith("The database cannot be used: ")
        assert file.read_bytes() == content


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_folder_that_cannot_be_written_is_said_in_one_line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "read only"
    folder.mkdir()
    shutil.copyfile(sqlite_path(database_url), folder / "there.db")
    if os.geteuid() == 0:
        # To the superuser nothing but a file system is read-only.
        mounted = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        prefix = ["unshare", "-m", "sh", "-c", mounted, str(folder)]
        if subprocess.run([*prefix, "true"], capture_output=True).returncode:
            pytest.skip("nothing can be mounted here")
        monkeypatch.setattr(test_app, "PYTHON", [*prefix, sys.executable])
    else:
        folder.chmod(0o555)
    for name in ("there.db", "new.db"):
        assert refuses(database_url=f"sqlite:///{folder}/{name}").startswith("The database cannot be used: ")


@pytest.mark.slow
def test_a_database_that_cannot_be_reached_is_said_in_one_line(tmp_path: Path) -> None:
    nowhere = f"postgres://somebody:hunter2@/x?host={tmp_path}"
    for url in (nowhere, f"sqlite:///{tmp_path}/no/folder/x.db"):
        refused = run("serve", "--port", "0", database_url=url, secret=SECRET)
        assert refused.returncode == 1
        [line] = refused.stderr.splitlines()
        assert line.startswith("The database cannot be used: ")
        assert "hunter2" not in line
