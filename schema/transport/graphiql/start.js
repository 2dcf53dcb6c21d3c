"use strict";

// The access token of the last sign-in. It is kept in this variable and nowhere else: a reload forgets it.
let accessToken = null;

const here = new URL(window.location.href);
const url = here.origin + here.pathname;
const subscriptionUrl = url.replace(/^http/, "ws");
const fetcher = GraphiQL.createFetcher({ url, subscriptionUrl, enableIncrementalDelivery: false });

function namesAuthorization(headers) {
  return Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
}

function remember(result) {
  for (const payload of Object.values((result && result.data) || {})) {
    if (payload && payload.session && payload.session.accessToken) {
      accessToken = payload.session.accessToken;
    }
  }
}

async function fetchAsViewer(parameters, options) {
  const headers = { ...((options && options.headers) || {}) };
  // Signing in with a token that has expired would be refused for the token's sake.
  const signsIn = /\b(signIn|refreshSession)\b/.test(parameters.query || "");
  if (accessToken && !signsIn && !namesAuthorization(headers)) {
    headers.Authorization = "Bearer " + accessToken;
  }
  const result = await fetcher(parameters, { ...options, headers });
  remember(result);
  return result;
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: fetchAsViewer,
    defaultTabs: JSON.parse(document.getElementById("starting-tabs").textContent),
    defaultEditorToolsVisibility: true,
    inputValueDeprecation: true,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
