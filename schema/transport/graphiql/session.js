// Who is signed in. Tokens live in this module's variables and nowhere else: a reload forgets them.

import { post } from "./transport.js";

const SESSION = "session { accessToken refreshToken expiresAt viewer { name roles departments } } errors { message }";
const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${SESSION} } }`;
const REFRESH = `mutation Refresh($input: RefreshSessionInput!) { refreshSession(input: $input) { ${SESSION} } }`;
const EARLY = 30_000; // milliseconds before a token expires

let session = null;
let renewing = null;
let timer = 0;
let ended = () => {};

/** What to do when the session ends by itself. */
export function whenEnded(tell) {
  ended = tell;
}

/** The access token, renewed if it is about to expire; null when nobody is signed in. */
export async function accessToken() {
  if (session && Date.parse(session.expiresAt) - Date.now() < 1_000) await renewed();
  return session && session.accessToken;
}

/** Signs in; throws an Error with what is wrong. */
export async function signIn(email, password) {
  signOut();
  return keep(await post({ query: SIGN_IN, variables: { input: { email, password } } }, {}, true));
}

export function signOut() {
  clearTimeout(timer);
  session = null;
}

/** Buys the next pair of tokens; whether there is one. Several who ask at once buy one. */
export function renewed() {
  renewing ??= renew().finally(() => (renewing = null));
  return renewing;
}

async function renew() {
  if (!session) return false;
  const variables = { input: { refreshToken: session.refreshToken } };
  try {
    keep(await post({ query: REFRESH, variables }, {}, true));
    return true;
  } catch (problem) {
    signOut();
    ended(problem.message);
    return false;
  }
}

function keep(answer) {
  const [payload] = Object.values(answer.data || {});
  const problems = answer.errors || (payload && payload.errors) || [];
  if (!payload || !payload.session) throw new Error(problems.map(({ message }) => message).join(" ") || "Signing in failed.");
  session = payload.session;
  clearTimeout(timer);
  timer = setTimeout(renewed, Math.max(Date.parse(session.expiresAt) - Date.now() - EARLY, 1_000));
  return session.viewer;
}
