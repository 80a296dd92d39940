import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";
import { Entry, journalVersion, type Recorded } from "../../vocabulary/journal.ts";
import { effects } from "../effects.ts";
import { asFailure } from "./files.ts";

interface Line {
  v: number;
  seq: number;
  prev: string;
  ts: number;
  kind: string;
  body: Omit<Entry, "kind">;
}

const first = "0".repeat(64);
const hashOf = (line: Line): string => createHash("sha256").update(JSON.stringify(line)).digest("hex");

/** Where a journal breaks: its line (from 1) and what is wrong with it. */
const Break = z.object({ line: z.int(), why: z.string() });
type Break = z.infer<typeof Break>;

function damaged(path: string, line: number, why: string): Failure {
  return new Failure(
    "journal-damaged",
    `The journal ${path} is damaged in line ${line}: ${why}.`,
    "Begin a new session with --fresh; the old journal is kept as it is.",
    { line, why } satisfies Break,
  );
}

/** One whole line, checked against the one before it. */
function readLine(text: string, path: string, number: number, prev: string): { recorded: Recorded; hash: string } {
  let parsed: Line & { hash: string };
  try {
    parsed = JSON.parse(text);
  } catch {
    throw damaged(path, number, "it is no JSON");
  }
  const { hash, ...line } = parsed;
  if (line.v !== journalVersion) {
    throw new Failure(
      "journal-damaged",
      `The journal ${path} has version ${line.v}; this program reads version ${journalVersion}.`,
      "Begin a new session with --fresh.",
      { line: number, why: `it has version ${line.v}, and this program reads version ${journalVersion}` } satisfies Break,
    );
  }
  if (line.seq !== number - 1) throw damaged(path, number, `its number is ${line.seq} instead of ${number - 1}`);
  if (line.prev !== prev || hashOf(line) !== hash) throw damaged(path, number, "its hash does not fit");
  const entry = Entry.safeParse({ kind: line.kind, ...line.body });
  if (!entry.success) throw damaged(path, number, "it is no entry that this version knows");
  return { recorded: { seq: line.seq, ts: line.ts, entry: entry.data }, hash };
}

interface ReadJournal {
  records: Recorded[];
  /** End of the last whole entry. */
  wholeBytes: number;
  /** What stands behind it: an entry that is being written, or whose writer was killed. */
  tornBytes: number;
  /** Of the last whole entry. */
  hash: string;
}

/** What a journal holds, without opening it for writing. A torn last line is left out. Throws `journal-damaged`. */
export async function readJournal(path: string): Promise<ReadJournal> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, wholeBytes).toString("utf8").split("\n").slice(0, -1);
  const records: Recorded[] = [];
  let hash = first;
  for (const [index, text] of lines.entries()) {
    const read = readLine(text, path, index + 1, hash);
    records.push(read.recorded);
    hash = read.hash;
  }
  return { records, wholeBytes, tornBytes: bytes.length - wholeBytes, hash };
}

/** What holds of a journal: the entries up to its end, or up to the line that breaks the chain. */
export interface CheckedJournal {
  entries: number;
  tornBytes: number;
  /** Of the last whole entry, which says that all before it are what they were; null: there is none, or the chain breaks. */
  hash: string | null;
  broken: Break | null;
}

/** Reads a journal as every command does, and says how far it holds. */
export async function checkJournal(path: string): Promise<CheckedJournal> {
  try {
    const { records, tornBytes, hash } = await readJournal(path);
    return { entries: records.length, tornBytes, hash: records.length > 0 ? hash : null, broken: null };
  } catch (error) {
    const broken = error instanceof Failure ? Break.safeParse(error.facts).data : undefined;
    if (!broken) throw error;
    return { entries: broken.line - 1, tornBytes: 0, hash: null, broken };
  }
}

/** Reads a journal that another process writes, as it grows. */
export class JournalReader {
  private readonly path: string;
  private offset = 0;
  private lines = 0;
  private hash = first;

  constructor(path: string) {
    this.path = path;
  }

  /** What was written since the last call. A line that is being written is left for the next one. Throws `journal-damaged`. */
  async more(): Promise<Recorded[]> {
    const file = await open(this.path, "r").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (!file) return [];
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, size - this.offset));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.offset);
      const whole = bytes.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      const found: Recorded[] = [];
      for (const text of bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1)) {
        const read = readLine(text, this.path, this.lines + 1, this.hash);
        found.push(read.recorded);
        this.hash = read.hash;
        this.lines += 1;
      }
      this.offset += whole;
      return found;
    } finally {
      await file.close();
    }
  }
}

/** The only truth of a session: append-only JSON lines with a hash chain. `append` resolves when the line is on the disk. */
export class JournalFile {
  readonly records: Recorded[];
  /** A torn last line was cut off when it was opened: the process before was killed while it wrote. */
  readonly torn: boolean;
  private readonly file: FileHandle;
  private readonly path: string;
  private readonly now: () => number;
  private hash: string;
  /** End of the last whole record. */
  private wholeBytes: number;
  /** Something of a record that failed may stand behind it. */
  private halfWritten = false;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: FileHandle, read: ReadJournal, now: () => number) {
    this.path = path;
    this.file = file;
    this.records = read.records;
    this.torn = read.tornBytes > 0;
    this.hash = read.hash;
    this.wholeBytes = read.wholeBytes;
    this.now = now;
  }

  static async open(path: string, now: () => number): Promise<JournalFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const read = await readJournal(path);
      const file = await open(path, "a+");
      if (read.tornBytes > 0) await file.truncate(read.wholeBytes);
      await syncFolder(dirname(path));
      return new JournalFile(path, file, read, now);
    } catch (error) {
      throw asFailure(error, path);
    }
  }

  /** Appends one after the other, in the order of the calls. */
  append(entry: Entry): Promise<Recorded> {
    const done = this.last.then(() => this.write(entry));
    this.last = done.catch(() => undefined);
    return done;
  }

  private async write(entry: Entry): Promise<Recorded> {
    // What JSON cannot say (a figure that is no number) would make the journal unreadable: it must not get in.
    const { kind, ...body } = Entry.parse(entry);
    const line: Line = { v: journalVersion, seq: this.records.length, prev: this.hash, ts: this.now(), kind, body };
    const hash = hashOf(line);
    const bytes = Buffer.from(`${JSON.stringify({ ...line, hash })}\n`);
    try {
      if (this.halfWritten) await this.cutBack();
      this.halfWritten = true;
      for (let done = 0; done < bytes.length; ) {
        const rest = bytes.length - done;
        const write = (length: number) => this.file.write(bytes, done, length);
        const { bytesWritten } = await effects().run(
          "append",
          () => write(rest),
          () => write(Math.floor(rest / 2)),
        );
        if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "ENOSPC" });
        done += bytesWritten;
      }
      await this.file.datasync();
      this.halfWritten = false;
    } catch (error) {
      await this.cutBack().catch(() => undefined);
      throw asFailure(error, this.path);
    }
    this.wholeBytes += bytes.length;
    this.hash = hash;
    const recorded = { seq: line.seq, ts: line.ts, entry };
    this.records.push(recorded);
    return recorded;
  }

  private async cutBack(): Promise<void> {
    await effects().run("truncate", () => this.file.truncate(this.wholeBytes));
    this.halfWritten = false;
  }

  async close(): Promise<void> {
    await this.last;
    await this.file.close();
  }
}

/** Makes the name of a new file durable, where folders can be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().catch(() => undefined);
  await folder.close();
}
