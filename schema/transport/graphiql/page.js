// The page: who somebody is, and the tool to work with. GraphiQL if it can be had, else the small console.

import { Console } from "./console.js";
import { signIn, signOut, whenEnded } from "./session.js";
import { RoleStorage } from "./storage.js";
import { post, run } from "./transport.js";

const PATIENCE = 2_500; // milliseconds until the console opens; GraphiQL may still come afterwards
const REMEMBERED = "interoffice:email"; // who was picked in this browser tab; in the demo only

const given = JSON.parse(document.getElementById("given").textContent);
const part = (id) => document.getElementById(id);
const shown = (id, yes) => (part(id).hidden = !yes);

let role = "";
let tool = null;

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

  /** Shows the tabs of a role; each role keeps its own. */
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
  }

  close() {
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

/** The tabs that are meant for a role, with ids of what waits for it today where a variable says `<name>`. */
async function tabsOf(name) {
  const tabs = given.tabs[name] || given.tabs[""];
  const wanted = /"<(\w+)>"/g;
  if (!tabs.some(({ variables }) => variables.match(wanted))) return tabs;
  const answers = await Promise.all(tabs.filter(({ finds }) => finds).map(({ query, variables }) => post({ query, variables: JSON.parse(variables) })));
  const found = {};
  JSON.stringify(answers, (key, value) => {
    if (typeof value === "string" && !(key in found)) found[key] = value;
    return value;
  });
  return tabs.map(({ query, variables }) => ({
    query,
    variables: variables.replace(wanted, (_, key) => JSON.stringify(found[key] || "")),
  }));
}

async function work(fresh = false) {
  shown("welcome", false);
  await ready;
  const storage = new RoleStorage(role || "nobody");
  if (fresh || storage.isNew) storage.begin(await tabsOf(role));
  const console = tool instanceof Console;
  shown("graphiql", !console);
  shown("console", console);
  shown("fresh", true);
  tool.open(storage);
}

async function become(email, password) {
  notice();
  part("viewer").textContent = "Signing in …";
  try {
    const viewer = await signIn(email, password);
    role = viewer.roles[0] || "";
    if (given.people.length) sessionStorage.setItem(REMEMBERED, email);
    part("viewer").textContent = given.people.length ? viewer.departments.map(said).join(", ") : `${viewer.name}, ${viewer.roles.map(said).join(", ")}`;
    part("people").value = email;
    shown("leave", true);
    shown("picker", given.people.length);
    await work();
  } catch (problem) {
    leave();
    notice(problem.message);
  }
}

function leave() {
  signOut();
  sessionStorage.removeItem(REMEMBERED);
  role = "";
  if (tool) tool.close();
  part("viewer").textContent = "";
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
