// A small console for browsers that cannot get GraphiQL: document, variables, run, subscribe, and the schema's words to search.

import { operationsOf, post, run } from "./transport.js";

const MOST_FOUND = 60;
const WRAPPED = 8; // how deep lists and non-nulls are asked for
const TYPE = `${"{ kind name ofType ".repeat(WRAPPED)}{ kind name }${" }".repeat(WRAPPED)}`;
const WORDS = `query Words {
  __schema { description types { name kind description
    fields(includeDeprecated: true) { name description args { name } type ${TYPE} }
    inputFields { name description type ${TYPE} } enumValues { name description } } }
}`;

function typed(type) {
  if (type.kind === "NON_NULL") return `${typed(type.ofType)}!`;
  return type.kind === "LIST" ? `[${typed(type.ofType)}]` : type.name;
}

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Everything that has a description: where it stands, of which type it is, and what it is for. */
async function entriesOf() {
  const { data, errors } = await post({ query: WORDS });
  if (!data) throw new Error(errors[0].message);
  const entries = [{ name: "The schema", type: "", description: data.__schema.description || "" }];
  for (const type of data.__schema.types.filter(({ name }) => !name.startsWith("__"))) {
    entries.push({ name: type.name, type: type.kind.toLowerCase(), description: type.description || "" });
    for (const one of [...(type.fields || []), ...(type.inputFields || []), ...(type.enumValues || [])]) {
      const taken = one.args && one.args.length ? `(${one.args.map(({ name }) => name).join(", ")})` : "";
      const its = one.type ? typed(one.type) : "";
      entries.push({ name: `${type.name}.${one.name}${taken}`, type: its, description: one.description || "" });
    }
  }
  return entries;
}

export class Console {
  constructor(place) {
    this.place = place;
    this.tabBar = made("nav", { className: "tabs", ariaLabel: "Documents" });
    this.document = made("textarea", { id: "document", spellcheck: false, ariaLabel: "Document" });
    this.variables = made("textarea", { id: "variables", spellcheck: false, ariaLabel: "Variables, as JSON" });
    this.operation = made("select", { id: "operation", ariaLabel: "Operation", hidden: true });
    this.start = made("button", { type: "button", id: "run" }, "Run");
    this.result = made("pre", { id: "result", ariaLabel: "Answer", ariaLive: "polite", tabIndex: 0 });
    this.search = made("input", { id: "search", type: "search", placeholder: "Search the schema's words" });
    this.found = made("dl", { id: "found", ariaLabel: "What was found" });
    place.replaceChildren(
      made("section", { className: "editor" }, this.tabBar, this.document, made("p", { className: "label" }, "Variables"), this.variables,
        made("p", { className: "actions" }, this.start, this.operation, made("small", {}, "Ctrl-Enter runs it"))),
      made("section", { className: "answer" }, made("p", { className: "label" }, "Answer"), this.result),
      made("section", { className: "words" }, this.search, this.found),
    );
    this.start.onclick = () => (this.running ? this.stop() : this.run());
    this.document.oninput = () => this.keep();
    this.variables.oninput = () => this.keep();
    this.search.onfocus = () => (this.entries ??= entriesOf());
    this.search.oninput = () => this.look();
    place.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.run();
    });
  }

  /** Shows the tabs that are kept for a role. */
  open(storage) {
    this.close();
    this.storage = storage;
    this.state = JSON.parse(storage.getItem("graphiql:tabState"));
    this.show(this.state.activeTabIndex);
    if (!this.search.value) this.begin();
  }

  /** What the schema says of itself, until somebody searches. */
  async begin() {
    const { data } = await post({ query: "{ __schema { description } }" });
    if (data && !this.search.value) this.found.replaceChildren(made("dd", {}, data.__schema.description || ""));
  }

  close() {
    this.stop();
    this.result.textContent = "";
  }

  show(index) {
    this.stop();
    this.state.activeTabIndex = index;
    const { query, variables } = this.state.tabs[index];
    this.document.value = query || "";
    this.variables.value = variables || "";
    const tabs = this.state.tabs.map(({ title }, place) => {
      const tab = made("button", { type: "button", ariaCurrent: String(place === index) }, title);
      tab.onclick = () => this.show(place);
      return tab;
    });
    this.tabBar.replaceChildren(...tabs);
    this.keep();
  }

  keep() {
    const tab = this.state.tabs[this.state.activeTabIndex];
    tab.query = this.document.value;
    tab.variables = this.variables.value;
    this.storage.setItem("graphiql:tabState", JSON.stringify(this.state));
    const names = operationsOf(tab.query).flatMap(({ name }) => name || []);
    const before = this.operation.value;
    this.operation.replaceChildren(...names.map((name) => new Option(name)));
    if (names.includes(before)) this.operation.value = before;
    this.operation.hidden = names.length < 2;
  }

  stop() {
    if (this.running) this.running.return();
    this.running = null;
    this.start.textContent = "Run";
  }

  async run() {
    this.stop();
    let variables;
    try {
      variables = this.variables.value.trim() ? JSON.parse(this.variables.value) : {};
    } catch (problem) {
      this.result.textContent = `The variables are no JSON: ${problem.message}`;
      return;
    }
    const parameters = { query: this.document.value, variables, operationName: this.operation.value || undefined };
    const answer = run(parameters);
    if (!answer[Symbol.asyncIterator]) {
      this.result.textContent = "…";
      this.result.textContent = JSON.stringify(await answer, null, 2);
      return;
    }
    this.running = answer;
    this.start.textContent = "Stop";
    this.result.textContent = "Listening …\n";
    for await (const message of answer) this.result.prepend(`${JSON.stringify(message, null, 2)}\n\n`);
    if (this.running === answer) this.stop();
  }

  /** Shows what speaks of the words that are searched for, names first. */
  async look() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return this.begin();
    let entries;
    try {
      entries = await (this.entries ??= entriesOf());
    } catch (problem) {
      this.entries = null;
      this.found.replaceChildren(made("dt", {}, problem.message));
      return;
    }
    const fits = ({ name, description }) => words.every((word) => `${name} ${description}`.toLowerCase().includes(word));
    const found = entries.filter(fits);
    const named = ({ name }) => words.filter((word) => name.toLowerCase().includes(word)).length;
    found.sort((one, other) => named(other) - named(one) || one.name.length - other.name.length);
    this.found.replaceChildren(
      ...found.slice(0, MOST_FOUND).flatMap(({ name, type, description }) => [
        made("dt", {}, made("code", {}, name), made("small", {}, ` ${type}`)),
        made("dd", {}, description),
      ]),
      ...(found.length > MOST_FOUND ? [made("dt", {}, `and ${found.length - MOST_FOUND} more`)] : []),
    );
    if (!found.length) this.found.replaceChildren(made("dt", {}, "Nothing speaks of that."));
  }
}
