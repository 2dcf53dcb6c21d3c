// Follows the handoffs of a department by the README's link until so many messages came, and prints what came.
import { readFileSync, writeFileSync } from "node:fs";

const { port, token, query, count } = JSON.parse(readFileSync("settings.json", "utf8"));
globalThis.URL_OF_INTEROFFICE = `ws://127.0.0.1:${port}/graphql`;
globalThis.accessToken = async () => token;
const { follow } = await import("./link.mjs");

let lists = 0;
const cursors = [];
follow(query, {}, {
  list: async () => {
    lists += 1;
    writeFileSync("listed", "");
  },
  apply: async (message) => {
    cursors.push(message.cursor);
    if (cursors.length === count) {
      console.log(JSON.stringify({ lists, cursors }));
      process.exit(0);
    }
  },
  failed: (errors) => { console.error(errors); process.exit(1); },
});
setInterval(() => {}, 1000);
