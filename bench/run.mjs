// `npm run bench`: this product's passes and other profilers side by side on five workloads, in one run, as ratios to plain Python.
// `-- --workloads w1,w4 --runs 1` for a part of it, `-- --python python3.13` for another Python. Writes .reports/bench.json and .reports/bench.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { conclude, mib, reports } from "../scripts/report.mjs";
import { afterSetup, root } from "../scripts/setup.mjs";

const { values: options } = parseArgs({
  options: {
    workloads: { type: "string" },
    runs: { type: "string", default: "3" },
    python: { type: "string", default: "python3" },
  },
});
const needed = ["numpy", "pandas", "memray"];
const others = ["scalene", "filprofiler"];
const version = execFileSync(options.python, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], {
  encoding: "utf8",
}).trim();
const environment = join(root, `.setup/bench-${version}`);
const python = join(environment, "bin/python");
const own = (file) => join(root, "bench", file);
const boot = join(root, "python/boot.py");

function install() {
  if (existsSync(join(environment, "complete"))) return;
  console.error(`[setup] Python ${version} environment with ${[...needed, ...others].join(", ")}`);
  rmSync(environment, { recursive: true, force: true });
  execFileSync(options.python, ["-m", "venv", environment], { stdio: "inherit" });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
  execFileSync(python, [...pip, ...needed], { stdio: "inherit" });
  for (const name of others)
    if (spawnSync(python, [...pip, name], { stdio: "ignore" }).status !== 0)
      console.error(`[setup] there is no ${name} for Python ${version}`);
  writeFileSync(join(environment, "complete"), "");
}

const has = (module) => spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0;
const jsonOf = (command, args, more = {}) =>
  JSON.parse(execFileSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...more }));
const sizeOf = (path) =>
  statSync(path).isDirectory() ? readdirSync(path).reduce((sum, it) => sum + sizeOf(join(path, it)), 0) : statSync(path).size;

/** The tools: a command, and what its file says. `file(folder)` is where it writes. */
function tools(workload, folder) {
  const file = (name) => join(folder, name);
  const read = (kind, path) => () => jsonOf(python, [own("read.py"), kind, path, workload.path]);
  const pass = (name, fields = {}) => {
    const request = file(`${name}.request.json`);
    const target = { kind: "script", path: workload.file, args: [] };
    const project = { root: workload.folder, tree: workload.folder, exclude: [environment] };
    writeFileSync(request, JSON.stringify({ protocol: 1, pass: name, target, project, ...fields }));
    return [python, boot, "probe", request, file(`${name}.answers.jsonl`)];
  };
  const answers = (name) =>
    readFileSync(file(`${name}.answers.jsonl`), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const peak = (name) => () => ({ peakBytes: answers(name).findLast((it) => it.kind === "result")?.peakBytes ?? null });
  const pipeline = { file: workload.file, qualname: "pipeline", within: workload.stages[0] };
  const stages = () => {
    const rows = answers("stages").filter((it) => it.kind === "stage");
    const highest = Math.max(...rows.map((it) => it.peakBytes));
    const near = rows.filter((it) => it.peakBytes >= 0.995 * highest).sort((a, b) => b.riseBytes - a.riseBytes);
    return { stage: near[0]?.line ?? null, peakBytes: highest };
  };
  const memray = (...flags) => [
    python,
    "-m",
    "memray",
    "run",
    "--quiet",
    "--force",
    ...flags,
    "--output",
    file("memray.bin"),
    workload.path,
  ];
  const ours = file("ours.bin");
  return {
    "codeflash-memory: bench": { command: pass("bench"), read: peak("bench") },
    "codeflash-memory: stages": { command: pass("stages", { function: pipeline }), read: stages },
    "codeflash-memory: memray pass": {
      command: pass("memray", { capture: ours, overlay: null, pythonAllocators: false }),
      file: ours,
      read: read("memray", ours),
    },
    "codeflash-memory: tree": { command: pass("tree", { eventBudget: 1_000_000 }) },
    memray: { command: memray(), file: file("memray.bin"), read: read("memray", file("memray.bin")) },
    "memray --aggregate": { command: memray("--aggregate"), file: file("memray.bin"), read: read("memray", file("memray.bin")) },
    "memray, Python allocators": {
      command: memray("--aggregate", "--trace-python-allocators"),
      file: file("memray.bin"),
      read: read("memray", file("memray.bin")),
    },
    Scalene: {
      needs: "scalene",
      command: [python, "-m", "scalene", "run", "-o", file("scalene.json"), workload.path],
      file: file("scalene.json"),
      read: read("scalene", file("scalene.json")),
    },
    Fil: {
      needs: "filprofiler",
      command: [python, "-m", "filprofiler", "--no-browser", "-o", file("fil"), "run", workload.path],
      file: file("fil"),
      read: () => read("fil", join(file("fil"), readdirSync(file("fil")).at(-1), "peak-memory.prof"))(),
    },
    "snapshot template": {
      command: [python, own("instrument.py"), "template", workload.path, file("template.json")],
      file: file("template.json"),
      read: () => JSON.parse(readFileSync(file("template.json"), "utf8")),
    },
  };
}

function measured(command, folder) {
  for (const name of readdirSync(folder))
    if (/answers|\.bin$|fil$|scalene/.test(name)) rmSync(join(folder, name), { recursive: true });
  return jsonOf(python, [own("measure.py"), ...command], {
    cwd: join(root, "bench/workloads"),
    env: { ...process.env, PYTHONHASHSEED: "0" },
  });
}

const best = (figures, key) => Math.min(...figures.map((it) => it[key]));

function bench(file) {
  const folder = mkdtempSync(join(tmpdir(), "codeflash-memory-bench-"));
  const path = join(root, "bench/workloads", file);
  const stages = jsonOf(python, [
    "-c",
    "import ast, json, sys; print(json.dumps([it.lineno for f in ast.parse(open(sys.argv[1]).read()).body if getattr(f, 'name', '') == 'pipeline' for it in f.body]))",
    path,
  ]);
  const workload = { file, path, folder: join(root, "bench/workloads"), stages };
  try {
    // The truth: by the operating system around each statement, and by memray with every small allocation.
    execFileSync(python, [own("instrument.py"), "truth", path, join(folder, "truth.json")], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const truth = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8"));
    const all = Object.fromEntries(Object.entries(tools(workload, folder)).filter(([, tool]) => !tool.needs || has(tool.needs)));
    measured(all["memray, Python allocators"].command, folder);
    const lines = all["memray, Python allocators"].read();
    const plain = [];
    const seen = Object.fromEntries(Object.keys(all).map((name) => [name, { runs: [] }]));
    for (let run = 0; run < Number(options.runs); run++) {
      plain.push(measured([python, path], folder));
      for (const [name, tool] of Object.entries(all)) {
        const figures = measured(tool.command, folder);
        seen[name].runs.push(figures);
        if (run > 0 || !figures.ok) continue;
        if (tool.file && existsSync(tool.file)) seen[name].fileBytes = sizeOf(tool.file);
        const begun = process.hrtime.bigint();
        try {
          if (tool.read) Object.assign(seen[name], tool.read());
          if (tool.file) seen[name].readMs = Number(process.hrtime.bigint() - begun) / 1e6;
        } catch (error) {
          seen[name].unreadable = String(error).slice(0, 200);
        }
      }
      console.error(`[bench] ${file}: round ${run + 1} of ${options.runs}`);
    }
    const look = quick(workload);
    const rows = Object.entries(seen).map(([name, it]) => row(name, it, { plain, truth, lines }));
    const [stagesRow, memrayRow] = ["stages", "memray pass"].map((name) =>
      rows.find((it) => it.tool === `codeflash-memory: ${name}`),
    );
    rows.unshift({
      ...row("codeflash-memory profile --quick", { runs: [], ...look }, { plain, truth, lines }),
      cpuRatio: stagesRow.cpuRatio + memrayRow.cpuRatio,
      memoryRatio: Math.max(stagesRow.memoryRatio, memrayRow.memoryRatio),
      fileBytes: memrayRow.fileBytes,
      readMs: memrayRow.readMs,
    });
    return {
      workload: file,
      plainCpuS: best(plain, "cpuS"),
      plainPeakBytes: best(plain, "largestBytes"),
      truth: { ...truth, lines },
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the command itself says, as its users get it. */
function quick(workload) {
  const args = [
    join(root, "bin/codeflash-memory.js"),
    "profile",
    "--quick",
    "--json",
    "--full",
    "--python",
    python,
    workload.file,
  ];
  const ran = spawnSync(process.execPath, args, { cwd: workload.folder, encoding: "utf8", maxBuffer: 1 << 28 });
  const answer = JSON.parse(ran.stdout);
  const line = answer.dominantStage?.line ?? null;
  const { stage } = line === null ? { stage: null } : jsonOf(python, [own("read.py"), "look", String(line), workload.path]);
  return { stage, line: answer.lines[0]?.line ?? null, peakBytes: answer.processPeakBytes };
}

function row(tool, it, { plain, truth, lines }) {
  const ok = it.runs.every((run) => run.ok);
  const hung = it.runs.some((run) => run.hung);
  return {
    tool,
    ok,
    hung,
    cpuRatio: it.runs.length > 0 ? best(it.runs, "cpuS") / best(plain, "cpuS") : null,
    memoryRatio: it.runs.length > 0 ? best(it.runs, "largestBytes") / best(plain, "largestBytes") : null,
    peakBytes: it.peakBytes ?? null,
    // The truth is of one process: where others share the work, there is none to compare with.
    peakRatio: it.peakBytes && !truth.startsOthers ? it.peakBytes / truth.peakBytes : null,
    rightStage: it.stage === undefined ? null : it.stage === truth.stage,
    rightLine: it.line === undefined ? null : lines.near.includes(it.line),
    fileBytes: it.fileBytes ?? null,
    readMs: it.readMs ?? null,
    ...(it.unreadable ? { unreadable: it.unreadable } : {}),
  };
}

const times = (value) => (value === null ? "-" : `${value.toFixed(2)}×`);
const told = (value) => (value === null ? "-" : value ? "yes" : "no");

function markdown(results) {
  const out = [];
  for (const it of results) {
    out.push(`**${it.workload}** (plain: ${it.plainCpuS.toFixed(2)} s CPU, ${mib(it.plainPeakBytes)} MiB)`, "");
    out.push(
      "| tool | CPU | memory | peak, MiB | against the OS | stage | first line | file, KiB | read, ms |",
      "|---|---|---|---|---|---|---|---|---|",
    );
    for (const row of it.rows) {
      const cells = [
        row.ok ? row.tool : `${row.tool} (${row.hung ? "hung" : "failed"})`,
        times(row.cpuRatio),
        times(row.memoryRatio),
        mib(row.peakBytes),
      ];
      cells.push(
        row.peakRatio === null ? "-" : `${((row.peakRatio - 1) * 100).toFixed(0)} %`,
        told(row.rightStage),
        told(row.rightLine),
      );
      cells.push(
        row.fileBytes === null ? "-" : (row.fileBytes / 1024).toFixed(0),
        row.readMs === null ? "-" : row.readMs.toFixed(0),
      );
      out.push(`| ${cells.join(" | ")} |`);
    }
    out.push("");
  }
  return `${out.join("\n")}`;
}

/** One row a tool over all workloads: for the README. */
function summary(results) {
  const span = (values, unit) => {
    const known = values.filter((it) => it !== null && it !== undefined);
    if (known.length === 0) return "-";
    const [low, high] = [unit(Math.min(...known)), unit(Math.max(...known))];
    return low === high ? low : `${low} … ${high}`;
  };
  const right = (rows, key) => {
    const known = rows.filter((it) => it[key] !== null);
    return known.length === 0 ? "-" : `${known.filter((it) => it[key]).length} of ${known.length}`;
  };
  const out = [
    "| tool | CPU | memory | peak against the system's | stage | line | file, KiB | read, ms |",
    "|---|---|---|---|---|---|---|---|",
  ];
  for (const { tool } of results[0].rows.filter((it) => !it.tool.startsWith("codeflash-memory:"))) {
    const rows = results.map((it) => it.rows.find((row) => row.tool === tool)).filter((it) => it?.ok);
    if (rows.length === 0) continue;
    const of = (key, unit) =>
      span(
        rows.map((it) => it[key]),
        unit,
      );
    const cells = [
      tool === "codeflash-memory profile --quick" ? "`profile --quick`" : tool,
      of("cpuRatio", (it) => `${it.toFixed(1)}×`),
      of("memoryRatio", (it) => `${it.toFixed(1)}×`),
      of("peakRatio", (it) => `${Math.round((it - 1) * 100) || 0} %`.replace("-", "−")),
      right(rows, "rightStage"),
      right(rows, "rightLine"),
      of("fileBytes", (it) => (it / 1024).toFixed(0)),
      of("readMs", (it) => it.toFixed(0)),
    ];
    out.push(`| ${cells.join(" | ")} |`);
  }
  return out.join("\n");
}

/** The figures to reach; each is told when it is missed. */
function shortfalls(results) {
  const missed = [];
  const check = (ok, text) => ok || missed.push(text);
  for (const { workload, rows, plainPeakBytes, truth } of results) {
    const of = (name) => rows.find((it) => it.tool === name);
    const look = of("codeflash-memory profile --quick");
    const stages = of("codeflash-memory: stages");
    if (workload.startsWith("w1"))
      check(look.cpuRatio <= 3.6, `${workload}: stage and line take ${times(look.cpuRatio)} CPU, not 3.6×`);
    if (workload.startsWith("w1"))
      check(
        stages.cpuRatio <= 1.05 * of("codeflash-memory: bench").cpuRatio + 0.02,
        `${workload}: the ranking of stages takes ${times(stages.cpuRatio)} CPU, not 1.05× of an unobserved run`,
      );
    if (/^w[123]/.test(workload)) check(stages.rightStage && look.rightStage, `${workload}: the dominant stage is not named`);
    if (/^w[123]/.test(workload)) check(look.rightLine, `${workload}: the first line is not named`);
    // An instrument lies in the process that it measures: one MiB of it weighs on the smallest workload.
    if (stages.peakRatio !== null)
      check(
        Math.abs(stages.peakBytes - truth.peakBytes) <= Math.max(0.01 * truth.peakBytes, 2 ** 20),
        `${workload}: the stages' peak is ${((stages.peakRatio - 1) * 100).toFixed(1)} % off the system's`,
      );
    for (const it of [look, stages]) {
      // What memray itself needs (some 35 MiB) weighs on small programs; on large ones a fifth is the limit.
      const extra = (it.memoryRatio - 1) * plainPeakBytes;
      check(
        extra <= Math.max(0.2 * plainPeakBytes, 40 * 2 ** 20),
        `${workload}: ${it.tool} takes ${mib(extra)} MiB more than the program`,
      );
    }
    if (workload.startsWith("w1"))
      check(look.fileBytes <= 100 * 1024, `${workload}: the capture is ${(look.fileBytes / 1024).toFixed(0)} KiB, not 100`);
    check(look.readMs < 500, `${workload}: the capture takes ${look.readMs.toFixed(0)} ms to read, not 500`);
  }
  return missed;
}

await afterSetup(async () => {
  install();
  const wanted = options.workloads?.split(",");
  const files = readdirSync(join(root, "bench/workloads")).filter(
    (it) => it.endsWith(".py") && (!wanted || wanted.some((name) => it.startsWith(name))),
  );
  const results = files.sort().map(bench);
  mkdirSync(reports, { recursive: true });
  const table = `${summary(results)}\n\n${markdown(results)}`;
  writeFileSync(join(reports, "bench.md"), table);
  console.log(table);
  const missed = shortfalls(results);
  return conclude(
    "bench",
    { python: `Python ${version}`, cpus: cpus().length, results },
    missed,
    `${results.length} workloads, ${missed.length} figures fall short`,
  );
});
