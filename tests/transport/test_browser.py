"""The first ten minutes in a real browser: GraphiQL or the small console, by people who click what is offered first."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, WebSocket, expect, sync_playwright

from resolvers.demo import DEMO_ACCOUNTS
from schema.transport.graphiql.tabs import TABS
from tests.transport.test_app import House, run, serving

pytestmark = pytest.mark.slow

PATIENCE = 30_000
"""Milliseconds that something on a page may take on a busy machine."""
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 800, "height": 900}
TELEPHONE = {"width": 420, "height": 860}
VALUE = "place => document.querySelector(place + ' .CodeMirror').CodeMirror.getValue()"
CONTRASTS = """() => {
  const parts = colour => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = (above, below) => below.map((part, place) => above[place] * above[3] + part * (1 - above[3]));
  const light = colour => colour
    .map(part => part / 255)
    .map(part => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = place => place
    ? over(parts(getComputedStyle(place).backgroundColor), ground(place.parentElement))
    : [255, 255, 255];
  const found = {};
  for (const place of document.querySelectorAll("#graphiql [class^=cm-], #graphiql .graphiql-tab-button")) {
    const below = ground(place);
    const both = [light(over(parts(getComputedStyle(place).color), below)), light(below)];
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    const kind = place.classList.item(place.classList.length - 1);
    found[kind] = Math.min(contrast, found[kind] || 21);
  }
  return found;
}"""
"""How much each kind of word stands out from its ground."""

Open = Callable[..., AbstractContextManager["Visit"]]


def said(role: str) -> str:
    """A role as the page says it."""
    words = re.sub(r"^(hr|it)\b", lambda short: short[0].upper(), role.lower().replace("_", " "))
    return words[0].upper() + words[1:]


@dataclass
class Visit:
    """A browser window on the page."""

    page: Page

    def become(self, role: str) -> None:
        """Picks who one is: a click on a card, or later in the bar."""
        card = self.page.locator(".person", has=self.page.get_by_text(said(role), exact=True))
        if card.is_visible():
            card.click()
        else:
            address = next(somebody.email for somebody in DEMO_ACCOUNTS if somebody.role.value == role)
            self.page.select_option("#people", address)
        expect(self.page.locator("#fresh")).to_be_visible(timeout=PATIENCE)

    def tab(self, name: str) -> None:
        """Goes to a tab."""
        self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("tab", name=name)
        ).first.click()

    def write(self, document: str, variables: str = "") -> None:
        """Writes a document into the editor, and its variables."""
        for place, text in (("query-editor", document), ("editor-tool", variables)):
            if self.has_graphiql:
                self.page.evaluate(
                    "([place, text]) => document.querySelector(`.graphiql-${place} .CodeMirror`).CodeMirror.setValue(text)",
                    [place, text],
                )
            else:
                self.page.fill("#document" if place == "query-editor" else "#variables", text)

    def run(self, operation: str = "") -> None:
        """Runs what is in the editor."""
        if self.has_graphiql:
            self.page.click(".graphiql-execute-button")
            if operation:
                self.page.click(f".graphiql-dropdown-item:has-text('{operation}')")
        else:
            if operation:
                self.page.select_option("#operation", operation)
            self.page.click("#run")

    @property
    def has_graphiql(self) -> bool:
        return self.page.locator("#graphiql").is_visible()

    def result(self) -> str:
        if self.has_graphiql:
            return self.page.evaluate(VALUE, ".result-window")
        return self.page.text_content("#result") or ""

    def until(self, words: str, seconds: float = PATIENCE / 1000) -> str:
        """The answer, as soon as it says this."""
        deadline = time.monotonic() + seconds
        while words not in self.result():
            assert time.monotonic() < deadline, self.result() or "There is no answer."
            self.page.wait_for_timeout(50)
        return self.result()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, which is installed where it is missing."""
    if not shutil.which("chromium"):
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            waits = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600")
            subprocess.run([*waits, *words], check=True, capture_output=True)
    with sync_playwright() as driver:
        # Containers have little shared memory.
        modest = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=modest)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def offline(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A demo company whose GraphiQL would have to come from the CDN."""
    with serving(tmp_path_factory.mktemp("offline"), home=str(home)) as house:
        yield house


@pytest.fixture(scope="module")
def house(offline: House, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same company, served once more after GraphiQL was fetched."""
    del offline
    fetched = run("graphiql", home=str(home))
    assert fetched.returncode == 0, fetched.stderr
    with serving(tmp_path_factory.mktemp("house"), home=str(home)) as house:
        yield house


def refused(route: Route) -> None:
    route.abort("internetdisconnected")


def swallowed(_route: Route) -> None:
    """Neither answered nor refused, as behind a firewall."""


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Open]:
    """Opens a window in a fresh browser profile; it must not be told of any mistake of the page's scripts."""
    contexts: list[BrowserContext] = []

    @contextmanager
    def open_window(house: House, cdn: Callable[[Route], None] = refused, **options: Any) -> Iterator[Visit]:
        context = chromium.new_context(**{"viewport": WIDE, **options})  # pyright: ignore[reportArgumentType]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.route("https://**", cdn)
        page = context.new_page()
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(house.url.removesuffix("graphql"))
        yield Visit(page)
        assert not mistakes

    yield open_window
    for context in contexts:
        context.close()


# --- Without internet ---


@pytest.mark.parametrize("cdn", [refused, swallowed])
def test_without_internet_the_page_says_so_within_three_seconds(
    offline: House, visit: Open, cdn: Callable[[Route], None]
) -> None:
    with visit(offline, cdn) as window:
        began = time.monotonic()
        notice = window.page.locator("#notice")
        expect(notice).to_contain_text("uv run app.py graphiql", timeout=3_000)
        assert time.monotonic() - began < 3
        window.become("SERVICE_AGENT")
        expect(notice).to_contain_text("this small console")
        window.run()
        assert '"frontOffice"' in window.until("totalCount")


def test_the_console_finds_what_the_schema_says(offline: House, visit: Open) -> None:
    with visit(offline) as window:
        window.become("MARKETER")
        expect(window.page.locator("#found")).to_contain_text("front")
        window.page.fill("#search", "hand off complaint")
        expect(window.page.locator("#found")).to_contain_text("Mutation.handOffComplaint", timeout=PATIENCE)
        window.page.fill("#search", "zebra crossing")
        expect(window.page.locator("#found")).to_contain_text("Nothing speaks of that.")


def test_the_console_says_what_is_wrong_with_variables(offline: House, visit: Open) -> None:
    with visit(offline) as window:
        window.become("SERVICE_AGENT")
        window.page.fill("#variables", "{first: 3")
        window.run()
        assert window.until("no JSON")


# --- Whatever the tool ---


@pytest.fixture(params=["console", "GraphiQL"])
def served(request: pytest.FixtureRequest) -> House:
    """The company, with either tool."""
    return request.getfixturevalue("offline" if request.param == "console" else "house")


def test_a_handoff_appears_live_in_another_window(served: House, visit: Open) -> None:
    with visit(served) as clerk, visit(served) as agent:
        clerk.become("LOGISTICS_CLERK")
        clerk.tab("HandoffsLive")
        clerk.run()
        clerk.page.wait_for_timeout(1_000)
        agent.become("SERVICE_AGENT")
        agent.tab("HandOff")
        agent.run()
        handed_off = json.loads(agent.until('"handOffComplaint"'))["data"]["handOffComplaint"]
        assert handed_off["errors"] == []
        assert '"HANDOFF_QUEUED"' in clerk.until(handed_off["handoff"]["number"], seconds=5)
        assert handed_off["handoff"]["brief"] in clerk.result().replace('\\"', '"')
        assert "[customer]" in handed_off["handoff"]["brief"]


@pytest.mark.parametrize("how", ["sign out", "be somebody else"])
def test_whoever_leaves_hears_nothing_more_and_their_session_ends(served: House, visit: Open, how: str) -> None:
    with visit(served) as window:
        sockets: list[WebSocket] = []
        window.page.on("websocket", lambda socket: sockets.append(socket))
        window.become("LOGISTICS_CLERK")
        window.tab("HandoffsLive")
        window.run()
        window.page.wait_for_timeout(1_000)
        [socket] = sockets
        assert not socket.is_closed()
        with window.page.expect_response(lambda answer: "signOut" in (answer.request.post_data or "")) as ended:
            if how == "sign out":
                window.page.click("#leave")
            else:
                window.become("ACCOUNTANT")
        assert '"errors":[]' in ended.value.text()
        window.page.wait_for_timeout(500)
        assert socket.is_closed()


def test_a_subscription_without_sign_in_says_so_at_once(served: House, visit: Open) -> None:
    with visit(served) as window:
        window.page.click("#look")
        expect(window.page.locator("#fresh")).to_be_visible()
        window.write("subscription { notificationsReceived { cursor } }")
        window.run()
        assert "Sign in first" in window.until("UNAUTHENTICATED", seconds=3)


def test_a_session_renews_itself_and_survives_a_reload(served: House, visit: Open) -> None:
    with visit(served) as window:
        window.page.clock.install()
        window.page.reload()
        window.page.clock.resume()
        window.become("SERVICE_AGENT")
        with window.page.expect_response(
            lambda answer: "refreshSession" in (answer.request.post_data or "")
        ) as renewed:
            window.page.clock.fast_forward("14:45")
        assert '"errors":[]' in renewed.value.text()
        window.run()
        assert '"frontOffice"' in window.until("totalCount")
        window.page.reload()
        expect(window.page.locator("#people")).to_have_value("service@northwind.example", timeout=PATIENCE)


# --- GraphiQL ---


@pytest.mark.parametrize("role", [role for role in TABS if role])
def test_each_first_tab_runs_as_it_is_and_nothing_is_marked_red(house: House, visit: Open, role: str) -> None:
    with visit(house) as window:
        window.become(role)
        tabs = window.page.locator(".graphiql-tab-button")
        expect(tabs.first).to_be_visible(timeout=PATIENCE)
        for place in range(tabs.count()):
            tabs.nth(place).click()
            document = window.page.evaluate(VALUE, ".graphiql-query-editor")
            variables = window.page.evaluate(VALUE, ".graphiql-editor-tool")
            window.page.wait_for_timeout(800)
            assert not window.page.locator(".CodeMirror-lint-mark-error").count(), document
            declared = re.findall(r"\$(\w+): ", document)
            assert set(declared) == set(json.loads(variables)), document
            if "query" in document:
                window.run()
                answer = json.loads(window.until('"data"'))
                assert "errors" not in answer, answer


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ('mutation SignIn { signIn(input: {email: "a@b.example", password: "hunter2"}) { errors { code } } }', ""),
        ('mutation SignIn { signIn(input: {email: "a@b.example", password: "hunter2', ""),
        (
            'mutation SignIn($p: String!) { signIn(input: {email: "a@b.example", password: $p}) { __typename } }',
            '{"p": "hunter2"}',
        ),
        ("mutation SignIn($i: SignInInput!) { signIn(input: $i) { __typename } }", '{"i": {"password": "hunter2"}}'),
    ],
)
def test_what_is_typed_as_a_password_is_kept_nowhere(house: House, visit: Open, document: str, variables: str) -> None:
    with visit(house) as window:
        window.become("SERVICE_AGENT")
        window.write(document, variables)
        # GraphiQL takes a moment to keep it.
        window.page.wait_for_timeout(1_000)
        window.run()
        window.page.wait_for_timeout(1_000)
        kept = window.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert "signIn" in kept
        assert "hunter2" not in kept


def test_what_somebody_writes_stays_theirs_and_survives_a_reload(house: House, visit: Open) -> None:
    with visit(house) as window:
        window.become("SERVICE_AGENT")
        window.write("query Mine { viewer { name } }")
        window.page.wait_for_timeout(1_000)
        window.become("ACCOUNTANT")
        expect(window.page.locator(".graphiql-tab-button").first).to_have_text("HandoffQueue", timeout=PATIENCE)
        window.become("SERVICE_AGENT")
        expect(window.page.locator(".graphiql-tab-button").first).to_have_text("Mine", timeout=PATIENCE)
        window.page.reload()
        expect(window.page.locator(".graphiql-tab-button").first).to_have_text("Mine", timeout=PATIENCE)
        window.page.click("#fresh")
        expect(window.page.locator(".graphiql-tab-button").first).to_have_text("ComplaintsWaiting", timeout=PATIENCE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW, TELEPHONE], ids=["wide", "narrow", "telephone"])
def test_the_page_fits_its_window(served: House, visit: Open, size: dict[str, int], scheme: str) -> None:
    with visit(served, viewport=size, color_scheme=scheme) as window:
        overflows = "document.documentElement.scrollWidth > innerWidth || document.body.scrollHeight > innerHeight"
        assert not window.page.evaluate(overflows)
        window.become("LOGISTICS_CLERK")
        window.page.wait_for_timeout(500)
        assert not window.page.evaluate(overflows)
        paper = window.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("role", [role for role in TABS if role])
def test_each_first_tab_tells_something_in_the_demo(house: House, visit: Open, role: str) -> None:
    with visit(house) as window:
        window.become(role)
        window.run()
        answer = json.loads(window.until('"data"'))
        # Somebody's own name, how many there are and what they may do next tell nothing yet.
        assert len(re.findall(r'"(?:subject|title|name|brief)": "', window.result())) > 1, answer


def test_nothing_can_be_run_between_two_people(served: House, visit: Open) -> None:
    with visit(served) as window:
        window.become("ACCOUNTANT")
        asked: list[str] = []
        window.page.on("request", lambda request: asked.append(request.post_data or ""))
        window.page.select_option("#people", "it@northwind.example")
        # Whoever presses at once presses when it can be answered.
        window.run()
        expect(window.page.locator("#viewer")).to_have_text("IT", timeout=PATIENCE)
        assert '"IT"' in window.until('"department"')
        queues = [text for text in asked if "HandoffQueue" in text]
        assert queues and asked.index(queues[0]) > next(n for n, text in enumerate(asked) if "SignIn" in text)


def test_tabs_whose_variables_wait_for_work_say_so(house: House, visit: Open) -> None:
    with visit(house) as window:
        window.become("HR_OFFICER")
        window.tab("Claim")
        assert "nothing waits yet" in window.page.evaluate(VALUE, ".graphiql-editor-tool")


@pytest.mark.parametrize("size", [NARROW, TELEPHONE], ids=["narrow", "telephone"])
def test_nothing_of_a_document_is_cut_off_in_a_narrow_window(house: House, visit: Open, size: dict[str, int]) -> None:
    with visit(house, viewport=size) as window:
        window.become("BACK_OFFICE_MANAGER")
        window.run()
        window.until('"data"')
        for place in (".graphiql-query-editor", ".graphiql-editor-tool"):
            editor = window.page.locator(f"{place} .CodeMirror-scroll").first
            # CodeMirror hides its scroll bars in a margin of 50 pixels.
            assert editor.evaluate("place => place.scrollWidth - place.clientWidth") <= 50
        answer = window.page.locator(".result-window").bounding_box()
        editors = window.page.locator(".graphiql-editors").bounding_box()
        assert answer and editors
        assert answer["width"] > 250 and answer["height"] > 250
        assert (answer["y"] > editors["y"] + 250) == (size == TELEPHONE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_graphiql_writes_can_be_read(house: House, visit: Open, scheme: str) -> None:
    with visit(house, color_scheme=scheme) as window:
        window.become("SALES_REPRESENTATIVE")
        window.run()
        window.until('"data"')
        window.page.wait_for_timeout(500)
        contrasts = window.page.evaluate(CONTRASTS)
        assert {"cm-comment", "cm-property", "cm-string", "cm-number", "cm-punctuation"} <= contrasts.keys()
        # What WCAG asks for at level AA.
        assert {kind: contrast for kind, contrast in contrasts.items() if contrast < 4.5} == {}


# --- A company of one's own ---


def test_in_a_company_of_ones_own_one_signs_in_by_password(tmp_path: Path, visit: Open) -> None:
    settings = {"database_url": f"sqlite:///{tmp_path}/own.db", "secret": "only for tests, and long enough to sign"}
    typed = "correct horse battery\n"
    words = ("account", "add", "ada@own.example", "--name", "Ada", "--role", "SERVICE_AGENT", "--password-stdin")
    assert run(*words, typed=typed, **settings).returncode == 0
    with serving(tmp_path, **settings) as house, visit(house) as window:
        assert not window.page.locator(".person").count()
        window.page.fill("#email", "ada@own.example")
        window.page.fill("#password", "wrong")
        window.page.click("#sign-in button")
        expect(window.page.locator("#notice")).to_contain_text("wrong", timeout=PATIENCE)
        window.page.fill("#password", typed.strip())
        window.page.click("#sign-in button")
        expect(window.page.locator("#viewer")).to_have_text("Ada, Service agent", timeout=PATIENCE)
        window.run()
        assert '"totalCount": 0' in window.until("totalCount")
