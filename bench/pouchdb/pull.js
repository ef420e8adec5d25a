// The peer of the bench `pull`: PouchDB replicates documents from an express-pouchdb server, each in a process of its own.
// usage: node pull.js COUNT FOLDER   (NODE_PATH names the packages); prints {"docs_per_s", "one_change_ms", "doc_bytes"}
"use strict";
const { fork } = require("node:child_process");
const { mkdirSync } = require("node:fs");
const PouchDB = require("pouchdb");

const count = Number(process.argv[2]);
const folder = process.argv[3];
const isServer = process.argv[4] === "server";

// About what a contact of ours holds with its number and its address.
function documentOf(n) {
  return {
    _id: `contact:${String(n).padStart(8, "0")}`, tenant: "velora-bikes", name: `Lena Petersen ${n}`, account: `account:${n % 10000}`,
    job: "Fleet manager", language: "de", zone: "Europe/Berlin", vip: n % 50 === 0, owner: `user:${n % 8}`, created: 1700000000000 + n,
    updated: 1700000000000 + n, identities: [
      { kind: "phone", value: `+49151${String(20000000 + n)}`, label: "mobile", primary: true },
      { kind: "email", value: `lena.petersen${n}@petersen-de.example`, label: "work", primary: true },
    ],
    custom: {}, note: "x".repeat(60),
  };
}

function storesIn(name) {
  mkdirSync(`${folder}/${name}`, { recursive: true });
  return PouchDB.defaults({ prefix: `${folder}/${name}/` });
}

async function serve() {
  const Stores = storesIn("server");
  const application = require("express")();
  const options = { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: "/dev/null" };
  application.use("/", require("express-pouchdb")(Stores, options));
  const source = new Stores("source");
  for (let begin = 0; begin < count; begin += 5000) {
    const some = Array.from({ length: Math.min(5000, count - begin) }, (_, n) => documentOf(begin + n));
    await source.bulkDocs(some);
  }
  const listening = application.listen(0, "127.0.0.1", () => process.send(listening.address().port));
}

async function measure() {
  const server = fork(__filename, [count, folder, "server"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const port = await new Promise((resolve) => server.on("message", resolve));
  const Stores = storesIn("client");
  const local = new Stores("local");
  const remote = new PouchDB(`http://127.0.0.1:${port}/source`);
  let began = process.hrtime.bigint();
  const done = await PouchDB.replicate(remote, local, { batch_size: 1000, batches_limit: 10 });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const took = [];
  for (let n = 0; n < 20; n += 1) {
    const changed = await remote.get(documentOf(n)._id);
    await remote.put({ ...changed, job: `Owner ${n}` });
    began = process.hrtime.bigint();
    await PouchDB.replicate(remote, local, {});
    took.push(Number(process.hrtime.bigint() - began) / 1e6);
  }
  took.sort((a, b) => a - b);
  const bytes = JSON.stringify(documentOf(12345)).length;
  process.stdout.write(JSON.stringify({ docs_per_s: done.docs_written / seconds, one_change_ms: took[10], doc_bytes: bytes }));
  server.kill();
  process.exit(0);
}

(isServer ? serve() : measure()).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
