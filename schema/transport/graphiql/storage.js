// What GraphiQL keeps while a browser tab is open: each person's own, and of secrets only that there was one.

const SECRET = "password|secret|token";
const NAMES_SECRET = new RegExp(`(${SECRET})\\w*"?\\s*:`, "i");
const WRITTEN_SECRET = new RegExp(`(\\w*(?:${SECRET})\\w*\\s*:\\s*)("""[\\s\\S]*?(?:"""|$)|"(?:\\\\.|[^"\\\\\\n])*"?)`, "gi");
const THEME = "graphiql:theme";
const TABS = "graphiql:tabState";
const OF_ACTIVE_TAB = { "graphiql:query": "query", "graphiql:variables": "variables", "graphiql:headers": "headers" };

/** A tab or a former query without the secrets that were typed into it. */
function discreet(one) {
  if (!one || !one.query) return one;
  const query = one.query && one.query.replace(WRITTEN_SECRET, '$1""');
  const variables = NAMES_SECRET.test(`${one.query} ${one.variables}`) ? "{}" : one.variables;
  return { ...one, query, variables, headers: null };
}

function titleOf(query) {
  const found = /^\s*(?:query|mutation|subscription)\s+(\w+)/m.exec(query.replace(/^\s*#.*$/gm, ""));
  return found ? found[1] : "<untitled>";
}

/** How somebody wants the page to look, or null for what the system says. */
export function theme() {
  return localStorage.getItem(THEME) || null;
}

/** What GraphiQL takes for a Storage, for one person. */
export class PersonalStorage {
  constructor(person) {
    this.prefix = `interoffice:${person}:`;
  }

  /** Whether nothing was kept for this person yet. */
  get isNew() {
    return !this.getItem(TABS);
  }

  /** Puts the first tabs in place, since GraphiQL itself takes no variables for a first tab. */
  begin(first) {
    this.clear();
    const tabs = first.map(({ query, variables }, place) => ({
      id: `first-${place}`,
      title: titleOf(query),
      query,
      variables,
      headers: null,
      operationName: null,
      response: null,
    }));
    this.setItem(TABS, JSON.stringify({ tabs, activeTabIndex: 0 }));
  }

  get names() {
    return Object.keys(sessionStorage).filter((name) => name.startsWith(this.prefix));
  }

  get length() {
    return this.names.length;
  }

  getItem(name) {
    if (name === THEME) return theme();
    if (name in OF_ACTIVE_TAB) {
      const { tabs, activeTabIndex } = JSON.parse(this.getItem(TABS)) || { tabs: [] };
      return tabs[activeTabIndex] ? tabs[activeTabIndex][OF_ACTIVE_TAB[name]] : null;
    }
    return sessionStorage.getItem(this.prefix + name);
  }

  setItem(name, value) {
    if (name === THEME) localStorage.setItem(THEME, value);
    else if (!(name in OF_ACTIVE_TAB)) sessionStorage.setItem(this.prefix + name, this.kept(value));
  }

  /** A value as it may be kept: the lists that GraphiQL makes, of tabs and former queries, hold what was typed. */
  kept(value) {
    if (!value.startsWith("{")) return value;
    const lists = Object.entries(JSON.parse(value)).map(([name, list]) => [name, Array.isArray(list) ? list.map(discreet) : list]);
    return JSON.stringify(Object.fromEntries(lists));
  }

  removeItem(name) {
    sessionStorage.removeItem(this.prefix + name);
  }

  clear() {
    this.names.forEach((name) => sessionStorage.removeItem(name));
  }
}
