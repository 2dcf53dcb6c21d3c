// What GraphiQL keeps between visits: each role has tabs of its own, and whatever speaks of a secret is not kept at all.

const SECRET = /password|secret|token|bearer/i;

function guid() {
  return crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
}

function titleOf(query) {
  const found = /^\s*(?:query|mutation|subscription)\s+(\w+)/m.exec(query.replace(/^\s*#.*$/gm, ""));
  return found ? found[1] : "<untitled>";
}

/** A list of tabs or of former queries, as JSON, without those that speak of a secret. */
function withoutSecrets(value) {
  if (!SECRET.test(value)) return value;
  try {
    const kept = JSON.parse(value);
    const [name] = ["tabs", "queries", "favorites"].filter((one) => Array.isArray(kept[one]));
    if (!name) return "";
    kept[name] = kept[name].filter((one) => !SECRET.test(JSON.stringify(one)));
    if (name === "tabs" && !kept.tabs.length) return "";
    if (name === "tabs") kept.activeTabIndex = Math.min(kept.activeTabIndex, kept.tabs.length - 1);
    return JSON.stringify(kept);
  } catch {
    return "";
  }
}

/** What GraphiQL takes for a Storage, for one role. */
export class RoleStorage {
  constructor(role) {
    this.prefix = `interoffice:${role}:`;
  }

  /** Whether nothing was kept for this role yet. */
  get isNew() {
    return !this.getItem("graphiql:tabState");
  }

  /** Puts the first tabs in place, since GraphiQL itself takes no variables for a first tab. */
  begin(first) {
    this.clear();
    const tabs = first.map(({ query, variables }) => ({
      id: guid(),
      title: titleOf(query),
      query,
      variables,
      headers: null,
      operationName: null,
      response: null,
    }));
    this.setItem("graphiql:tabState", JSON.stringify({ tabs, activeTabIndex: 0 }));
    this.setItem("graphiql:query", tabs[0].query);
    this.setItem("graphiql:variables", tabs[0].variables);
  }

  get names() {
    return Object.keys(localStorage).filter((name) => name.startsWith(this.prefix));
  }

  get length() {
    return this.names.length;
  }

  getItem(name) {
    return localStorage.getItem(this.prefix + name);
  }

  setItem(name, value) {
    const kept = withoutSecrets(value);
    if (kept) localStorage.setItem(this.prefix + name, kept);
    else this.removeItem(name);
  }

  removeItem(name) {
    localStorage.removeItem(this.prefix + name);
  }

  clear() {
    this.names.forEach((name) => localStorage.removeItem(name));
  }
}
