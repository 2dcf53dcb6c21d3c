"""GraphiQL, for people who come to /graphql with a browser: one page, its tabs and its people.

Its libraries come from the folder that `app.py graphiql` fills, else from a CDN; while neither can be had, the page is a small
console of our own. The surprising rule: files are read once, at start, and libraries only with the expected digests.
"""

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha384
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from schema.transport.graphiql.tabs import tabs_by_role

HERE = Path(__file__).parent
OWN = ("page.css", "page.js", "session.js", "transport.js", "storage.js", "console.js")
ASSETS_PATH = "/graphql/assets"
CDN = "https://unpkg.com"
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
AS_IT_IS_NOW = {"cache-control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Library:
    """A file of an npm package: where it is in the package, and the digest that it must have."""

    package: str
    version: str
    file: str
    digest: str

    @property
    def served_as(self) -> str:
        """The file's name under the assets path."""
        return self.file.rsplit("/", 1)[-1]

    @property
    def media_type(self) -> str:
        """What the file is."""
        return "text/css" if self.file.endswith(".css") else "text/javascript"

    def is_genuine(self, content: bytes) -> bool:
        """Whether these are the bytes that were pinned."""
        return b64encode(sha384(content).digest()).decode() == self.digest

    @property
    def source(self) -> str:
        """Where the CDN has it."""
        return f"{CDN}/{self.package}@{self.version}/{self.file}"


LIBRARIES = (
    Library(
        "react",
        "18.2.0",
        "umd/react.production.min.js",
        "tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8",
    ),
    Library(
        "react-dom",
        "18.2.0",
        "umd/react-dom.production.min.js",
        "bm7MnzvK++ykSwVJ2tynSE5TRdN+xL418osEVF2DE/L/gfWHj91J2Sphe582B1Bh",
    ),
    Library(
        "graphiql",
        "3.8.3",
        "graphiql.min.js",
        "HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie",
    ),
    Library(
        "graphiql",
        "3.8.3",
        "graphiql.min.css",
        "Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    ),
)

WITHOUT_GRAPHIQL = (
    f"GraphiQL cannot be fetched from {CDN.removeprefix('https://')}: is this computer offline? To have it here for good, type"
    " once, where there is internet: uv run app.py graphiql. Meanwhile this small console can do all that is needed."
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom visitors of a demo company can be by one click."""

    email: str
    name: str
    role: str
    office: str
    duty: str


def kept(folder: Path) -> dict[Library, bytes]:
    """The libraries that are in a folder as they should be."""
    found = {library: _read(folder / library.served_as) for library in LIBRARIES}
    return {library: content for library, content in found.items() if library.is_genuine(content)}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


class GraphiQLPage:
    """The page and its files. Visitors sign in as one of the people by one click; without people, by address and password."""

    def __init__(self, folder: Path | None = None, people: Iterable[Person] = (), password: str = "") -> None:
        here = kept(folder) if folder else {}
        if len(here) < len(LIBRARIES):
            here = {}
        self._assets = {
            library.served_as: Response(content, media_type=library.media_type, headers=FOR_EVER)
            for library, content in here.items()
        }
        for name in OWN:
            media_type = "text/css" if name.endswith(".css") else "text/javascript"
            self._assets[name] = Response((HERE / name).read_bytes(), media_type=media_type, headers=AS_IT_IS_NOW)
        libraries = [
            {
                "source": f"{ASSETS_PATH}/{library.served_as}" if here else library.source,
                "integrity": f"sha384-{library.digest}",
            }
            for library in LIBRARIES
        ]
        given = {
            "libraries": libraries,
            "people": [asdict(person) for person in people],
            "password": password,
            "tabs": tabs_by_role(),
            "withoutGraphiQL": WITHOUT_GRAPHIQL,
        }
        # Inside a script element only this could end it.
        text = json.dumps(given).replace("<", "\\u003c")
        policy = _content_policy([] if here else [library.source for library in LIBRARIES])
        headers = {"content-security-policy": policy, "cache-control": "no-store"}
        page = (HERE / "page.html").read_text("utf-8").replace("{{given}}", text)
        self._page = Response(page, media_type="text/html", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._page(scope, receive, send)

    async def asset(self, request: Request) -> Response:
        """Answers GET /graphql/assets/{name}."""
        return self._assets.get(request.path_params["name"]) or Response("Not found.", 404, media_type="text/plain")


def _content_policy(sources: list[str]) -> str:
    scripts = " ".join(["'self'", *(source for source in sources if not source.endswith(".css"))])
    styles = " ".join(["'self'", *(source for source in sources if source.endswith(".css"))])
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            # The editor positions its parts with style attributes.
            f"style-src {styles} 'unsafe-inline'",
            "img-src data:",
            "font-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
