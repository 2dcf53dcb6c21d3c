// The page: who somebody is, and the tool to work with. GraphiQL if it can be had, else the small console.

import { Console } from "./console.js";
import { signIn, signOut, whenEnded } from "./session.js";
import { PersonalStorage, theme } from "./storage.js";
import { post, run, stopListening } from "./transport.js";

const PATIENCE = 2_500; // milliseconds until the console opens; GraphiQL may still come afterwards
const NOTHING = "nothing waits yet"; // where the id of something that waits would be
const REMEMBERED = "interoffice:email"; // who was picked in this browser tab; in the demo only

const given = JSON.parse(document.getElementById("given").textContent);
const part = (id) => document.getElementById(id);
const shown = (id, yes) => (part(id).hidden = !yes);

let viewer = null;
let tool = null;
let turn = 0; // rises whenever somebody becomes somebody else, so that what is late for the one before is dropped

// --- The tools ---

function load(library) {
  return new Promise((resolve, reject) => {
    const isStyle = library.source.endsWith(".css");
    const element = document.createElement(isStyle ? "link" : "script");
    if (isStyle) element.rel = "stylesheet";
    element[isStyle ? "href" : "src"] = library.source;
    element.integrity = library.integrity;
    element.crossOrigin = "anonymous";
    element.async = false;
    element.onload = resolve;
    element.onerror = () => reject(new Error(library.source));
    document.head.append(element);
  });
}

const arrived = Promise.all(given.libraries.map(load));
const waited = new Promise((resolve) => setTimeout(resolve, PATIENCE, false));
const inTime = Promise.race([arrived.then(() => true, () => false), waited]);

class GraphiQLTool {
  constructor(place) {
    this.place = place;
  }

  /** Shows the tabs that are kept for somebody. */
  open(storage) {
    this.close();
    this.root = ReactDOM.createRoot(this.place);
    const logo = React.createElement(GraphiQL.Logo, null, " ");
    const props = {
      fetcher: run,
      storage,
      schemaDescription: true,
      inputValueDeprecation: true,
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    };
    this.root.render(React.createElement(GraphiQL, props, logo));
    // The editors come one after another: the document's, that of the variables, that of the headers.
    const coming = new MutationObserver(() => {
      const editors = [...this.place.querySelectorAll(".graphiql-editors .CodeMirror")];
      if (editors.length < 3) return;
      coming.disconnect();
      // GraphiQL wraps answers only; in a narrow window comments would be cut off.
      for (const { CodeMirror } of editors) CodeMirror.setOption("lineWrapping", true);
      // Whoever came by keyboard goes on by keyboard.
      this.place.querySelector(".graphiql-query-editor textarea").focus();
    });
    coming.observe(this.place, { childList: true, subtree: true });
  }

  close() {
    stopListening();
    if (this.root) this.root.unmount();
    this.root = null;
  }
}

let standing = [];

/** Says something at the top, or what still holds when there is nothing else to say. */
function notice(...said) {
  const now = said.length ? said : standing;
  part("notice").replaceChildren(...now);
  shown("notice", now.length);
}

function noticeFor(...said) {
  standing = said;
  notice();
}

function button(text, click) {
  const made = document.createElement("button");
  made.type = "button";
  made.append(text);
  made.onclick = click;
  return made;
}

async function choose() {
  if (await inTime) return (tool = new GraphiQLTool(part("graphiql")));
  tool = new Console(part("console"));
  noticeFor(given.withoutGraphiQL);
  arrived.then(
    () =>
      noticeFor(
        "GraphiQL has arrived. ",
        button("Use it", () => {
          noticeFor();
          tool.close();
          tool = new GraphiQLTool(part("graphiql"));
          if (!part("console").hidden) work();
        }),
      ),
    () => {},
  );
  return tool;
}

const ready = choose();

// --- Who somebody is ---

/** The tabs that are meant for the viewer, with ids of what waits today where a variable says `<name>`. */
async function firstTabs() {
  const known = viewer ? viewer.roles.flatMap((role) => given.tabs[role] || []) : [];
  const tabs = known.length ? known.filter(({ query }, place) => known.findIndex((one) => one.query === query) === place) : given.tabs[""];
  const wanted = /"<(\w+)>"/g;
  if (!tabs.some(({ variables }) => variables.match(wanted))) return tabs;
  const asking = tabs.filter(({ finds }) => finds);
  const answers = await Promise.all(
    asking.map(({ query, variables }) => post({ query, variables: JSON.parse(variables) })),
  );
  const found = {};
  JSON.stringify(answers, (key, value) => {
    if (typeof value === "string" && !(key in found)) found[key] = value;
    return value;
  });
  return tabs.map(({ query, variables }) => ({
    query,
    variables: variables.replace(wanted, (_, key) => JSON.stringify(found[key] || NOTHING)),
  }));
}

function storage() {
  return new PersonalStorage(viewer ? viewer.id : "nobody");
}

async function work(fresh = false) {
  const mine = turn;
  shown("welcome", false);
  await ready;
  const kept = storage();
  const first = (fresh || kept.isNew) && (await firstTabs());
  if (mine !== turn) return;
  tool.close();
  if (first) kept.begin(first);
  const isConsole = tool instanceof Console;
  shown("graphiql", !isConsole);
  shown("console", isConsole);
  shown("fresh", true);
  tool.open(kept);
  working(true);
}

/** Whether the tools can be used: what is run between two people would be nobody's. */
function working(yes) {
  for (const id of ["graphiql", "console"]) part(id).inert = !yes;
}

async function become(email, password) {
  const mine = (turn += 1);
  notice();
  working(false);
  part("viewer").textContent = "Signing in …";
  try {
    const known = await signIn(email, password);
    if (mine !== turn) return;
    viewer = known;
    if (given.people.length) sessionStorage.setItem(REMEMBERED, email);
    const { name, roles, departments } = viewer;
    const theirs = departments.map(said).join(", ");
    const inShort = departments.length > 3 ? `${departments.length} departments` : theirs;
    part("viewer").textContent = given.people.length ? inShort : `${name}, ${roles.map(said).join(", ")}`;
    part("viewer").title = theirs;
    part("people").value = email;
    shown("leave", true);
    shown("picker", given.people.length);
    await work();
  } catch (problem) {
    if (mine !== turn) return;
    leave();
    notice(problem.message);
  }
}

function leave() {
  turn += 1;
  if (tool) tool.close();
  working(true);
  signOut();
  sessionStorage.removeItem(REMEMBERED);
  // The next one at this desk is somebody else, unless it is the demo, where everybody is everybody.
  if (viewer && !given.people.length) storage().clear();
  viewer = null;
  part("viewer").textContent = part("viewer").title = "";
  ["leave", "fresh", "picker", "graphiql", "console"].forEach((id) => shown(id, false));
  shown("welcome", true);
}

function said(constant) {
  const words = constant.toLowerCase().replace(/_/g, " ").replace(/^(hr|it)\b/, (short) => short.toUpperCase());
  return words[0].toUpperCase() + words.slice(1);
}

function card({ email, name, role: its, duty }) {
  const made = button("", () => become(email, given.password));
  made.className = "person";
  for (const [tag, text] of [["b", said(its)], ["span", name], ["small", duty]]) {
    const line = document.createElement(tag);
    line.textContent = text;
    made.append(line);
  }
  return made;
}

function offerPeople() {
  for (const house of [...new Set(given.people.map(({ office }) => office))]) {
    const group = document.createElement("section");
    const title = document.createElement("h2");
    title.textContent = house;
    const choice = document.createElement("optgroup");
    choice.label = house;
    const members = given.people.filter(({ office }) => office === house);
    group.append(title, ...members.map(card));
    choice.append(...members.map(({ email, name, role: its }) => new Option(`${said(its)} (${name})`, email)));
    part("roles").append(group);
    part("people").append(choice);
  }
  part("people").onchange = ({ target }) => become(target.value, given.password);
}

if (theme()) document.body.classList.add(`graphiql-${theme()}`);
offerPeople();
shown("roles", given.people.length);
shown("sign-in", !given.people.length);
part("sign-in").onsubmit = (event) => {
  event.preventDefault();
  const password = part("password").value;
  part("password").value = "";
  become(part("email").value, password);
};
part("look").onclick = () => {
  part("viewer").textContent = "Nobody is signed in";
  part("leave").textContent = "Sign in";
  shown("leave", true);
  work();
};
part("leave").onclick = () => {
  part("leave").textContent = "Sign out";
  leave();
};
part("fresh").onclick = () => work(true);
whenEnded((why) => {
  leave();
  notice(`The session has ended: ${why}`);
});
const before = sessionStorage.getItem(REMEMBERED);
if (given.people.some(({ email }) => email === before)) become(before, given.password);
ready.then(() => document.body.setAttribute("data-ready", tool.constructor.name));
