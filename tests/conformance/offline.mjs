// A family's app without a network: a JavaScript GraphQL client with a normalised cache (urql with graphcache) takes a package
// along, loses the network, does a module, is killed and opened again, comes back over a line that loses answers, and shows the
// same progress as the server.
//
//   npm install --prefix /tmp/client @urql/core@5 @urql/exchange-graphcache@7 graphql@16
//   node tests/conformance/offline.mjs http://127.0.0.1:8080 gia-dinh-mau-1 vun-gia-dinh-mau-1-2026 /tmp/client
//
// Exits with 0 when everything is as it should be. The last argument is where the packages are installed.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [server, login, password, directory = "."] = process.argv.slice(2);
if (!password) {
  console.error("usage: node offline.mjs SERVER LOGIN PASSWORD [DIRECTORY_OF_NODE_MODULES]");
  process.exit(2);
}
const load = createRequire(join(resolve(directory), "package.json"));
const { Client, fetchExchange, gql } = load("@urql/core");
const { offlineExchange } = load("@urql/exchange-graphcache");

// The line: up, down, or losing answers that the server has already given.
let line = "up";
let requests = 0;
let answers = 0;
const network = async (url, options) => {
  if (line === "down") throw new TypeError("failed to fetch");
  requests += 1;
  const answer = await fetch(url, options);
  const body = await answer.text();
  if (line === "losing") throw new TypeError("failed to fetch");
  answers += 1;
  return new Response(body, { status: answer.status, headers: answer.headers });
};

const direct = async (query, variables, token) => {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${server}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
};

const SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { message } } }";
const MODULE = `query Module($code: String!) { module(code: $code) { id code title
  progress { id status applicableCount completedCount quizPassed }
  lessons { id code title progress { id status percent } } } }`;
const COMPLETE = `mutation Complete($input: CompleteLessonInput!) { completeLesson(input: $input) {
  lessonProgress { id status percent } moduleProgress { id status applicableCount completedCount quizPassed }
  userErrors { code message } } }`;
const QUIZ = `mutation Quiz($input: SubmitQuizInput!) { submitQuiz(input: $input) {
  moduleProgress { id status applicableCount completedCount quizPassed } userErrors { code message } } }`;
const PACKAGE = `query($ids: [ID!]) { offlinePackage(language: "vi", moduleIds: $ids) {
  fetch { url name sha256 kind lessonId } } }`;

const { session } = (await direct(SIGN_IN, { input: { login, password } })).signIn;
const token = session.accessToken;

// The phone's disk: all that outlives the app.
const disk = { data: {}, metadata: null };
const storage = wake => ({
  readData: async () => structuredClone(disk.data),
  writeData: async delta => { Object.assign(disk.data, structuredClone(delta)); },
  readMetadata: async () => structuredClone(disk.metadata),
  writeMetadata: async queue => { disk.metadata = structuredClone(queue); },
  onOnline: again => { wake.up = again; },
});

const open = () => {
  const wake = {};
  const client = new Client({
    url: `${server}/graphql`,
    fetch: network,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [
      offlineExchange({
        storage: storage(wake),
        isOfflineError: error => Boolean(error?.networkError) && !error.response,
        optimistic: {
          completeLesson: ({ input }, cache) => ({
            __typename: "CompleteLessonPayload",
            lessonProgress: {
              __typename: "LessonProgress",
              id: cache.resolve(cache.resolve({ __typename: "Lesson", id: input.lessonId }, "progress"), "id"),
              status: "COMPLETED",
              percent: 100,
            },
            moduleProgress: null,
            userErrors: [],
          }),
          // The app has checked the answers by their salted hashes: shown as passed until the server says so.
          submitQuiz: ({ input }, cache) => {
            const progress = cache.resolve({ __typename: "Module", id: input.moduleId }, "progress");
            const names = ["id", "status", "applicableCount", "completedCount"];
            const known = Object.fromEntries(names.map(name => [name, cache.resolve(progress, name)]));
            return {
              __typename: "SubmitQuizPayload",
              moduleProgress: { __typename: "ModuleProgress", ...known, quizPassed: true },
              userErrors: [],
            };
          },
        },
      }),
      fetchExchange,
    ],
  });
  return { client, wake };
};

const shown = async (client, requestPolicy) => {
  const { data, error } = await client.query(gql(MODULE), { code: "HC1" }, { requestPolicy }).toPromise();
  assert.equal(error, undefined, String(error));
  return data?.module;
};
const pause = ms => new Promise(later => setTimeout(later, ms));
const until = async (what, holds) => {
  for (let tries = 0; tries < 200; tries++) { if (await holds()) return; await pause(50); }
  assert.fail(`not within ten seconds: ${what}`);
};

// With a network: the module into the cache, and its package on the disk.
let { client, wake } = open();
const before = await shown(client, "network-only");
assert.notEqual(before.progress.status, "DEMONSTRATED", "the module is still to be done");
const files = (await direct(PACKAGE, { ids: [before.id] }, token)).offlinePackage.fetch;
const folder = new Map();
for (const file of files) {
  const url = new URL(file.url, server);
  const half = Buffer.from(await (await fetch(url, { headers: { range: "bytes=0-99" } })).arrayBuffer());
  const rest = Buffer.from(await (await fetch(url, { headers: { range: `bytes=${half.length}-` } })).arrayBuffer());
  const whole = Buffer.concat([half, rest]);
  assert.equal(createHash("sha256").update(whole).digest("hex"), file.sha256, "taken up where it was cut");
  folder.set(file.name, JSON.parse(whole.toString("utf8")));
}

// Without: everything is read from the phone, and what is done waits in the queue.
line = "down";
const asked = requests;
const still = await shown(client, "cache-only");
assert.deepEqual(still, before);
for (const lesson of still.lessons) {
  const file = files.find(file => file.lessonId === lesson.id && file.kind === "LESSON");
  assert.ok(folder.get(file.name).blocks.length > 3, "the lesson can be read");
  const input = { eventId: randomUUID(), lessonId: lesson.id, occurredAt: new Date().toISOString() };
  client.mutation(gql(COMPLETE), { input }).toPromise();
}
const quiz = folder.get(files.find(file => file.kind === "QUIZ").name);
const chosen = quiz.questions.map(question => ({ questionId: question.id, optionIds: right(question) }));
const input = { eventId: randomUUID(), moduleId: before.id, answers: chosen, occurredAt: new Date().toISOString() };
client.mutation(gql(QUIZ), { input }).toPromise();
await until("what was done waits on the disk", () => disk.metadata?.length === still.lessons.length + 1);
const done = await shown(client, "cache-only");
assert.ok(done.lessons.every(lesson => lesson.progress.status === "COMPLETED"), "shown at once");
assert.equal(done.progress.quizPassed, true);
assert.equal(requests, asked, "nothing was sent");
const meanwhile = (await direct(MODULE, { code: "HC1" }, token)).module;
assert.deepEqual(meanwhile.progress.completedCount, before.progress.completedCount, "the server knows nothing of it");

// The app is killed and opened again without a network.
({ client, wake } = open());
await until("the app reads its disk", async () => wake.up !== undefined && (await shown(client, "cache-only")) != null);
const reopened = await shown(client, "cache-only");
assert.ok(reopened.lessons.every(lesson => lesson.progress.status === "COMPLETED"), "still shown after a restart");

// Back, first over a line that loses every answer: the server has taken the events, the phone cannot know.
line = "losing";
wake.up();
await until("the server was reached", () => requests > asked + still.lessons.length);
await pause(300);
assert.equal(disk.metadata.length, still.lessons.length + 1, "nothing is forgotten that was not answered");
line = "up";
const heard = answers;
wake.up();
await until("everything is answered", () => answers >= heard + still.lessons.length + 1);
await until("the queue is empty", () => disk.metadata.length === 0);
await shown(client, "network-only");

const own = await shown(client, "cache-only");
const servers = (await direct(MODULE, { code: "HC1" }, token)).module;
const bare = value => JSON.parse(JSON.stringify(value, (name, inner) => (name === "__typename" ? undefined : inner)));
assert.deepEqual(bare(own), servers, "the phone shows what the server has");
assert.equal(servers.progress.status, "DEMONSTRATED");
assert.equal(servers.progress.quizPassed, true);
const attempts = (await direct("{ module(code: \"HC1\") { quiz { attempts { passed } } } }", {}, token)).module.quiz.attempts;
assert.equal(attempts.length, 1, "sent twice, counted once");
console.log(`a module done without a network: ${still.lessons.length} lessons and a quiz, ${files.length} files taken along; ` +
  "the phone and the server agree");

// The right options by their salted hash, as an app checks what a learner chose.
function right({ kind, salt, answer, options }) {
  const ids = options.map(option => option.id);
  const all = kind === "ORDER" ? permutations(ids) : sets(ids);
  const fits = chosen => createHash("sha256").update(`${salt}:${chosen.join(",")}`).digest("hex") === answer;
  return all.find(fits) ?? assert.fail("no answer has this hash");
}

function sets(ids) {
  return Array.from({ length: (1 << ids.length) - 1 }, (_, set) => ids.filter((_, at) => (set + 1) & (1 << at)).sort());
}

function permutations(ids) {
  if (ids.length < 2) return [ids];
  return ids.flatMap((id, at) => permutations([...ids.slice(0, at), ...ids.slice(at + 1)]).map(rest => [id, ...rest]));
}
