"""GraphiQL, for people who come to /graphql with a browser: one page; its libraries come from a CDN or a folder.

The surprising rule: a folder is read once, at start, and only files with the expected digests are served from it.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256, sha384
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HERE = Path(__file__).parent
ASSETS_PATH = "/graphql/assets"
CDN = "https://unpkg.com"


@dataclass(frozen=True, slots=True)
class Library:
    """A file of an npm package: where it is in `node_modules` or on the CDN, and the digest that it must have."""

    name: str
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


LIBRARIES = (
    Library(
        "react",
        "react",
        "18.2.0",
        "umd/react.production.min.js",
        "tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8",
    ),
    Library(
        "react-dom",
        "react-dom",
        "18.2.0",
        "umd/react-dom.production.min.js",
        "bm7MnzvK++ykSwVJ2tynSE5TRdN+xL418osEVF2DE/L/gfWHj91J2Sphe582B1Bh",
    ),
    Library(
        "graphiql",
        "graphiql",
        "3.8.3",
        "graphiql.min.js",
        "HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie",
    ),
    Library(
        "style",
        "graphiql",
        "3.8.3",
        "graphiql.min.css",
        "Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    ),
)

INSTALL = "npm install " + " ".join(sorted({f"{library.package}@{library.version}" for library in LIBRARIES}))


class AssetsError(ValueError):
    """The folder does not hold GraphiQL as this page needs it."""


def _read_assets(node_modules: Path) -> dict[str, Response]:
    assets: dict[str, Response] = {}
    for library in LIBRARIES:
        path = node_modules / library.package / library.file
        try:
            content = path.read_bytes()
        except OSError:
            raise AssetsError(f"{path} cannot be read. Make the folder with: {INSTALL}") from None
        if b64encode(sha384(content).digest()).decode() != library.digest:
            wanted = f"{library.package} {library.version}"
            raise AssetsError(f"{path} is not the one of {wanted}. Make the folder with: {INSTALL}")
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        assets[library.served_as] = Response(content, media_type=library.media_type, headers=headers)
    return assets


def _starting_tabs(email: str, password: str) -> str:
    """The tabs that a first visitor finds open."""
    given: dict[str, dict[str, str]] = {
        "sign-in": {"email": email, "password": password},
        "handoff-queue": {},
        "live-handoffs": {},
        "hand-off": {"complaint": ""},
    }
    tabs: list[dict[str, str]] = []
    for name, members in given.items():
        variables = {"variables": json.dumps({"input": members}, indent=2)} if members else {}
        tabs.append({"query": (HERE / f"{name}.graphql").read_text("utf-8"), **variables})
    # Inside a script element only this could end it.
    return json.dumps(tabs).replace("<", "\\u003c")


class GraphiQLPage:
    """The page and, with a folder, its files. `email` and `password` stand ready to sign in with."""

    def __init__(self, node_modules: Path | None = None, email: str = "", password: str = "") -> None:
        self._assets = _read_assets(node_modules) if node_modules is not None else {}
        start = (HERE / "start.js").read_text("utf-8")
        page = (HERE / "page.html").read_text("utf-8")
        sources: list[str] = []
        for library in LIBRARIES:
            if node_modules is not None:
                source = f"{ASSETS_PATH}/{library.served_as}"
            else:
                source = f"{CDN}/{library.package}@{library.version}/{library.file}"
                sources.append(source)
            page = page.replace(f"{{{{{library.name}}}}}", source)
            page = page.replace(f"{{{{{library.name}-integrity}}}}", f"sha384-{library.digest}")
        page = page.replace("{{tabs}}", _starting_tabs(email, password)).replace("{{start}}", start)
        policy = _content_policy(sources or ["'self'"], start)
        headers = {"content-security-policy": policy, "cache-control": "no-store"}
        self._page = Response(page, media_type="text/html", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._page(scope, receive, send)

    async def asset(self, request: Request) -> Response:
        """Answers GET /graphql/assets/{name}."""
        return self._assets.get(request.path_params["name"]) or Response("Not found.", 404, media_type="text/plain")


def _content_policy(sources: list[str], start: str) -> str:
    scripts = " ".join(source for source in sources if not source.endswith(".css"))
    styles = " ".join(source for source in sources if not source.endswith(".js"))
    digest = b64encode(sha256(start.encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts} 'sha256-{digest}'",
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
