// Checks an offline package that somebody carried, with nothing of this project: the signature, and every file.
//
//   node verify.mjs KEYS MANIFEST SIGNATURE FOLDER
//
// KEYS is /.well-known/vun-package-keys.json of a server one trusts, MANIFEST and SIGNATURE are files with `manifest` and
// `signature` of `offlinePackage`, and FOLDER holds the files by name. Says how many files are whole, and exits with 1
// when anything is wrong.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [keysFile, manifestFile, signatureFile, folder] = process.argv.slice(2);
const sha256 = bytes => createHash("sha256").update(bytes).digest("hex");
const fail = reason => { console.log(reason); process.exit(1); };

const text = readFileSync(manifestFile);
const manifest = JSON.parse(text.toString("utf8"));
if (manifest.format !== "vun-package/1") fail(`unknown format ${manifest.format}`);

const key = JSON.parse(readFileSync(keysFile, "utf8")).packageKeys.find(key => key.id === manifest.keyId);
if (!key) fail(`unknown key ${manifest.keyId}`);
if (key.revokedAt) fail(`key ${key.id} is in wrong hands`);
const raw = Buffer.from(key.publicKey, "base64");
if (sha256(raw).slice(0, 16) !== key.id) fail("the key does not have its id");
const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
const publicKey = createPublicKey({ key: jwk, format: "jwk" });
const signature = Buffer.from(readFileSync(signatureFile, "utf8"), "base64");
if (!verify(null, text, publicKey, signature)) fail("the signature is not of this manifest");

let bytes = 0;
for (const file of manifest.files) {
  let found;
  try { found = readFileSync(join(folder, file.name)); } catch { fail(`missing ${file.name}`); }
  if (found.length !== file.bytes || sha256(found) !== file.sha256) fail(`damaged ${file.name}`);
  bytes += file.bytes;
}
if (bytes !== manifest.bytes || bytes > manifest.byteBudget) fail("the sizes do not add up");

// The quiz can be checked without a network, and holds no right answer.
let answers = 0;
for (const file of manifest.files.filter(file => file.kind === "QUIZ")) {
  for (const question of JSON.parse(readFileSync(join(folder, file.name), "utf8")).questions) {
    const ids = question.options.map(option => option.id);
    const found = choices(question.kind, ids).filter(chosen =>
      sha256(`${question.salt}:${chosen.join(",")}`) === question.answer);
    if (found.length !== 1) fail(`question ${question.id} has ${found.length} right answers`);
    answers += 1;
  }
}
console.log(`${manifest.files.length} files whole, ${bytes} bytes, ${answers} questions`);

function choices(kind, ids) {
  if (kind === "ORDER") return permutations(ids);
  const all = [];
  for (let set = 1; set < 1 << ids.length; set++) {
    all.push(ids.filter((_, at) => set & (1 << at)).sort());
  }
  return all;
}

function permutations(ids) {
  if (ids.length < 2) return [ids];
  return ids.flatMap((id, at) => permutations([...ids.slice(0, at), ...ids.slice(at + 1)]).map(rest => [id, ...rest]));
}
