"""Fetches GraphiQL's few files once, for machines that are offline later: by npm where it is there, else from the CDN.

Nothing is installed and no script is run. The surprising rule: nothing is put in place before all of it has the pinned digests.
"""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from functools import partial
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from schema.transport.graphiql import CDN, LIBRARIES, Library, kept

NPM_SECONDS = 120
CDN_SECONDS = 20
"""How long npm may take for all, and the CDN may say nothing."""

LARGEST = 10_000_000
"""More bytes than any of the files has."""


class FetchError(Exception):
    """The files cannot be had; the message says what to do."""


def fetch(folder: Path) -> list[str]:
    """Puts into the folder what is not there as it should be, and answers with the names of what came."""
    here = kept(folder)
    missing = [library for library in LIBRARIES if library not in here]
    if not missing:
        return []
    npm = shutil.which("npm")
    ways = ([("npm", partial(_by_npm, npm))] if npm else []) + [(CDN.removeprefix("https://"), _from_cdn)]
    failed: list[str] = []
    for name, get in ways:
        try:
            contents = get(missing)
            break
        except (OSError, HTTPException, subprocess.SubprocessError, tarfile.TarError, KeyError) as error:
            failed.append(f"{name}: {_reason(error)}")
    else:
        raise FetchError(
            f"GraphiQL cannot be fetched ({'; '.join(failed)}). Try again where there is internet,"
            f" or copy {folder} from a computer that has it."
        )
    for library, content in contents.items():
        if not library.is_genuine(content):
            raise FetchError(
                f"What came as {library.package} {library.version} is not what was pinned, so nothing is kept."
                " Try again from another network, or tell whoever keeps your npm registry."
            )
    _put(folder, {library.served_as: content for library, content in contents.items()})
    return [library.served_as for library in missing]


def _by_npm(npm: str, libraries: Iterable[Library]) -> dict[Library, bytes]:
    """The files out of the packages' archives, from whichever registry this machine's npm asks."""
    wanted = dict.fromkeys(f"{library.package}@{library.version}" for library in libraries)
    with TemporaryDirectory() as place:
        quiet = ("--ignore-scripts", "--silent", "--fetch-retries=1")
        subprocess.run(  # noqa: S603 - what is wanted is written down above
            [npm, "pack", *quiet, *wanted], cwd=place, check=True, capture_output=True, timeout=NPM_SECONDS
        )
        found: dict[Library, bytes] = {}
        for library in libraries:
            with tarfile.open(Path(place, f"{library.package}-{library.version}.tgz")) as archive:
                member = archive.extractfile(f"package/{library.file}")
                found[library] = member.read() if member else b""
        return found


def _from_cdn(libraries: Iterable[Library]) -> dict[Library, bytes]:
    found: dict[Library, bytes] = {}
    for library in libraries:
        with urlopen(library.source, timeout=CDN_SECONDS) as answer:  # noqa: S310 - the CDN's address is written down
            found[library] = answer.read(LARGEST)
    return found


def _reason(error: BaseException) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"ended with status {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"took more than {NPM_SECONDS} seconds"
    return str(getattr(error, "reason", None) or error) or type(error).__name__


def _put(folder: Path, contents: dict[str, bytes]) -> None:
    """Each file whole or not at all, also when the process dies meanwhile: under another name first."""
    try:
        # Whoever makes the home makes it for its owner alone: the database will lie there.
        for made in (folder.parent, folder):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in contents.items():
            unfinished = folder / f"{name}.{os.getpid()}"
            unfinished.write_bytes(content)
            unfinished.replace(folder / name)
    except OSError as error:
        raise FetchError(f"{folder} cannot be written: {error.strerror}.") from None
