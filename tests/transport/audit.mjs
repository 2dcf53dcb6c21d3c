// Runs the audits of npm's graphql-http against the URL given and prints their results as JSON.
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
const report = await Promise.all(
  results.map(async ({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null })),
);
console.log(JSON.stringify(report));
