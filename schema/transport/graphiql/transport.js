// How documents get to the server and answers back: HTTP for queries and mutations, graphql-transport-ws for subscriptions.
// GraphiQL and the small console use the same functions.

import { accessToken, renewed } from "./session.js";

const ENDPOINT = new URL("/graphql", window.location.href);
const MAY_COME_BACK = new Set([1001, 1005, 1006, 1011, 1012, 1013]);
const AUTHORIZATION = "authorization";

/** The operations of a document, in order: their kinds, and their names or null. */
export function operationsOf(text) {
  const bare = text.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g, " ");
  const found = [];
  let depth = 0;
  let defining = false;
  for (const { 0: token, index } of bare.matchAll(/[{}()]|[A-Za-z_]\w*/g)) {
    const outside = depth === 0 && !defining;
    if (outside && token === "{") found.push({ kind: "query", name: null });
    if (outside && /^(query|mutation|subscription|fragment)$/.test(token)) {
      const name = /^\s+([A-Za-z_]\w*)/.exec(bare.slice(index + token.length));
      found.push({ kind: token, name: name && name[1] });
      defining = true;
    }
    if ("{(".includes(token)) depth += 1;
    if ("})".includes(token)) depth -= 1;
    if (token === "}" && depth === 0) defining = false;
  }
  return found.filter(({ kind }) => kind !== "fragment");
}

/** Which operation is meant. */
function meant(parameters) {
  const all = operationsOf(parameters.query || "");
  return all.find(({ name }) => name && name === parameters.operationName) || all[0] || { kind: "query", name: null };
}

function given(headers) {
  const name = Object.keys(headers || {}).find((one) => one.toLowerCase() === AUTHORIZATION);
  return name && headers[name];
}

const known = new Map();

/** The schema does not change while the page is open, and its description is large. */
function remembered(parameters, ask) {
  if (parameters.operationName !== "IntrospectionQuery") return ask();
  const answer = known.get(parameters.query) || ask();
  known.set(parameters.query, answer);
  answer.then((result) => result.data || known.delete(parameters.query), () => known.delete(parameters.query));
  return answer;
}

/** What GraphiQL calls a fetcher: a promise of an answer, or an endless series of messages. */
export function run(parameters, options) {
  const headers = (options && options.headers) || {};
  if (meant(parameters).kind === "subscription") return subscribe(parameters, given(headers));
  return remembered(parameters, () => post(parameters, headers));
}

/** Sends a query or a mutation; an answer that is none comes back as an error that can be read. */
export async function post(parameters, headers = {}, signsIn = false) {
  const authorization = given(headers) || (!signsIn && (await accessToken()) && `Bearer ${await accessToken()}`);
  let response;
  try {
    response = await fetch(ENDPOINT, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        ...headers,
        ...(authorization ? { [AUTHORIZATION]: authorization } : {}),
      },
      body: JSON.stringify(parameters),
    });
    return await response.json();
  } catch {
    return failure(response ? `The server answered ${response.status} without words.` : "The server cannot be reached.");
  }
}

function failure(message, code) {
  return { errors: [{ message, ...(code && { extensions: { code } }) }] };
}

/** The cursor of a message, if it has one. */
function cursorOf(message) {
  return Object.values(message.data || {}).find((part) => part && part.cursor)?.cursor;
}

/**
 * The messages of a subscription, for as long as somebody takes them. After a cut, or when the token was renewed, it goes on
 * after the last cursor: nothing is missed, if the document takes `$after`.
 */
export function subscribe(parameters, authorization) {
  const control = { stop: () => {}, stopped: false };
  const messages = messagesOf(parameters, authorization, control);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => messages.next(),
    return() {
      control.stopped = true;
      control.stop();
      return messages.return();
    },
  };
}

async function* messagesOf(parameters, authorization, control) {
  const token = authorization || ((await accessToken()) && `Bearer ${await accessToken()}`);
  if (!token) {
    yield failure("Sign in first: what is pushed depends on who listens.", "UNAUTHENTICATED");
    return;
  }
  let variables = parameters.variables || {};
  for (let tries = 0; tries < 5; tries += 1) {
    let ended;
    for await (const message of listen({ ...parameters, variables }, authorization || `Bearer ${await accessToken()}`, control)) {
      if (message.closed) {
        ended = message.closed;
        continue;
      }
      tries = 0;
      const cursor = cursorOf(message);
      if (cursor && /\$after\b/.test(parameters.query)) variables = { ...variables, after: cursor };
      yield message;
    }
    if (!ended || control.stopped) return;
    const again = MAY_COME_BACK.has(ended.code) || (ended.code === 4403 && !authorization && (await renewed()));
    if (!again) {
      yield failure(ended.reason || `The server ended the subscription (${ended.code}).`);
      return;
    }
    await new Promise((go) => setTimeout(go, 500 * 2 ** tries));
  }
  yield failure("The server cannot be reached any more. Run it again to go on.");
}

/** One connection: its messages, and last `{closed: {code, reason}}` unless the server said that it is complete. */
async function* listen(parameters, authorization, control) {
  const address = new URL(ENDPOINT);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address, "graphql-transport-ws");
  const waiting = [];
  let wake = () => {};
  const put = (message) => {
    waiting.push(message);
    wake();
  };
  control.stop = () => put(null);
  const say = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => say({ type: "connection_init", payload: { authorization } });
  socket.onclose = ({ code, reason }) => put({ closed: { code, reason } });
  socket.onmessage = ({ data }) => {
    const { type, payload } = JSON.parse(data);
    if (type === "connection_ack") say({ type: "subscribe", id: "1", payload: parameters });
    else if (type === "ping") say({ type: "pong" });
    else if (type === "next") put(payload);
    else if (type === "error") [payload].flat().length && put({ errors: [payload].flat(), last: true });
    else if (type === "complete") put(null);
  };
  try {
    for (;;) {
      while (!waiting.length) await new Promise((resolve) => (wake = resolve));
      const message = waiting.shift();
      if (!message) return;
      const { last, ...said } = message;
      yield said;
      if (last || said.closed) return;
    }
  } finally {
    socket.close(1000);
  }
}
