// Runs the server audits of the npm package `graphql-http` against a running server and says how many are ok.
//
//   npm install --prefix /tmp/audits graphql-http graphql
//   node tests/conformance/audits.mjs http://127.0.0.1:8080/graphql /tmp/audits
//
// Exits with 0 when all 61 are ok and with 1 otherwise. The second argument is where the packages are installed.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const EXPECTED = 61;

const [url, directory = "."] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audits.mjs URL [DIRECTORY_OF_NODE_MODULES]");
  process.exit(2);
}
const load = createRequire(join(resolve(directory), "package.json"));
const { serverAudits } = load("graphql-http");

let ok = 0;
const audits = serverAudits({ url });
for (const { id, name, fn } of audits) {
  const result = await fn();
  if (result.status === "ok") {
    ok += 1;
  } else {
    console.log(`${result.status}: ${id} ${name}: ${result.reason}`);
  }
}
console.log(`${ok} of ${audits.length} audits ok`);
process.exit(ok === audits.length && ok === EXPECTED ? 0 : 1);
