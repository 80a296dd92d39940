// Loaded into the built program with `node --import`: a real SIGKILL at an entry of its journal. FAULT_SKIP: kinds of entries that it
// lives through; FAULT_AFTER: how many others too. FAULT_TORN=1: killed with half of the entry written; else when it is on the disk and before anybody has heard of it.
import { readlinkSync } from "node:fs";
import { open } from "node:fs/promises";

const some = await open(process.execPath);
const handle = Object.getPrototypeOf(some);
await some.close();
const { write, datasync } = handle;
const skipped = new Set((process.env["FAULT_SKIP"] ?? "").split(","));
let left = Number(process.env["FAULT_AFTER"] ?? 0);
let doomed = null;

function die() {
  process.kill(process.pid, "SIGKILL");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function kindOf(file, bytes) {
  if (!readlinkSync(`/proc/self/fd/${file.fd}`).endsWith("/journal.jsonl")) return null;
  return /"kind":"([\w-]+)"/.exec(bytes.toString("utf8", 0, 1000))?.[1] ?? null;
}

handle.write = function (bytes, offset, length, ...rest) {
  const kind = Buffer.isBuffer(bytes) ? kindOf(this, bytes) : null;
  if (kind !== null && !skipped.has(kind) && left-- <= 0) {
    if (process.env["FAULT_TORN"] === "1") return write.call(this, bytes, offset, Math.floor(length / 2)).then(die);
    doomed = this;
  }
  return write.call(this, bytes, offset, length, ...rest);
};
handle.datasync = function () {
  return datasync.call(this).then((done) => (doomed === this ? die() : done));
};
