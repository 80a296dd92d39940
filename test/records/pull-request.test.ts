import { describe, expect, it } from "vitest";
import { median } from "../../src/method/noise.ts";
import { benchmarkScript, interpreterWords } from "../../src/records/benchmark-script.ts";
import { chartSvg, chartText } from "../../src/records/chart.ts";
import { inconsistencies } from "../../src/records/consistency.ts";
import { heatBar, sparkline } from "../../src/records/heat.ts";
import { pullRequestBody, withPicture } from "../../src/records/pull-request.ts";
import type { PullRequestRecord } from "../../src/vocabulary/pull-request.ts";
import { record } from "./pull-request-builder.ts";

const mibOf = (bytes: readonly (number | null)[]) => ((median(bytes.flatMap((it) => it ?? [])) ?? 0) / 1024 ** 2).toFixed(1);

describe("the body of a pull request", () => {
  const it_ = record();
  const body = pullRequestBody(it_);

  it("tells, in this order: what and how, why it is safe, benchmark, how to reproduce it, costs, tests, how it was found", () => {
    const at = [
      "This change lowers",
      "its 44.8 MiB go",
      "## Why it is safe",
      "## Benchmark",
      "| Target |",
      "Process peak, MiB",
      "ms;",
    ]
      .concat([
        "<summary>Reproduce",
        "## Trade-offs",
        "errors move",
        "## Test plan",
        "<summary>How it was found",
        "Prepared with",
      ])
      .map((it) => body.indexOf(it));
    expect(at).not.toContain(-1);
    expect(at).toEqual([...at].sort((a, b) => a - b));
  });

  it("has the figures that its samples have, in text, table and chart", () => {
    const [one] = it_.measured as [PullRequestRecord["measured"][0]];
    const figures = [one.base, one.head].map((side) => [
      mibOf(side.samples.map((it) => it.peakBytes)),
      mibOf(side.traced.map((it) => it.heapPeakBytes)),
    ]);
    expect(figures).toEqual([
      ["120.0", "100.0"],
      ["80.5", "55.2"],
    ]);
    expect(body).toContain("process peak 120.0 → 80.5 MiB, -39.5 MiB (-32.9 %); heap peak 100.0 → 55.2 MiB, -44.8 MiB (-44.8 %)");
    const rows = body.split("\n").filter((it) => /^\|.*\| (base|head) /.test(it));
    expect(
      rows.map((it) =>
        it
          .split("|")
          .map((cell) => cell.trim())
          .slice(3, 6),
      ),
    ).toEqual([
      ["120.0", "100.0", "2000"],
      ["80.5", "55.2", "1500"],
    ]);
    for (const figure of figures.flat()) expect(chartSvg(it_)).toContain(`>${figure}</text>`);
  });

  it("calls a time neutral that is within the spread, and a slower one by its name and as a cost", () => {
    expect(body).toContain("900 → 905 ms; timing neutral");
    const slow = record();
    for (const sample of slow.measured[0]?.head.samples ?? []) sample.targetMs = 1400;
    (slow.measured[0] as { comparison: { timeRatio: number } }).comparison.timeRatio = 1400 / 900;
    expect(pullRequestBody(slow).split("## Trade-offs")[1]).toContain("900 → 1400 ms; slower");
  });

  it("lets no words of a mind or a repository open a tag, a heading, a table or a fence", () => {
    expect(body).not.toContain("<script>");
    expect(body).not.toMatch(/^## not a heading/m);
    expect(body).toContain("````python\nprint('```')\n````");
    expect(
      body
        .split("\n")
        .find((it) => it.includes("| base"))
        ?.split("|"),
    ).toHaveLength(8);
  });
});

describe("what is not borne out by the recorded run", () => {
  const sound = record();
  const body = pullRequestBody(sound);
  const chart = chartSvg(sound);

  it("is nothing in the text as it was written, with a picture, and with words of one's own", () => {
    expect(inconsistencies(sound, body, chart)).toEqual([]);
    expect(inconsistencies(sound, body, null)).toEqual([]);
    const pictured = withPicture(body, sound, "https://raw.githubusercontent.com/o/r/abc/images/x-12.5.png");
    expect(pictured).toContain("![Peak memory before and after](https://raw");
    expect(inconsistencies(sound, pictured, chart)).toEqual([]);
    expect(inconsistencies(sound, `Fixes #12, see Python 3.12 notes.\r\n\r\n${body.replaceAll("\n", "\r\n")}`, chart)).toEqual(
      [],
    );
  });

  it.each([
    ["a figure in the first sentence", (it: string) => it.replace("120.0 → 80.5", "120.0 → 60.5")],
    ["two figures that change places", (it: string) => it.replace("120.0 → 80.5", "80.5 → 120.0")],
    ["a cell of the table", (it: string) => it.replace(/(\| head b+ \| )80\.5/, "$170.5")],
    ["a row that is added", (it: string) => it.replace(/\n(\| +\| head)/, "\n| x | base | 300.0 | 300.0 | - |  |\n$1")],
    ["a row that is gone", (it: string) => it.replace(/\n\| +\| head.*/, "")],
    ["a bar of the chart", (it: string) => it.replace(/head █+/, "head █")],
    ["a figure in one's own words", (it: string) => `Saves 50 % of the memory.\n\n${it}`],
    ["the same in megabytes", (it: string) => it.replace("## Trade-offs", "In production it saved 40 MB.\n\n## Trade-offs")],
    ["another commit to compare", (it: string) => it.replace("compare aaaaaaaaaaaa", "compare aaaaaaaaaaab")],
    ["how many runs there were", (it: string) => it.replace("Median of 3", "Median of 30")],
    ["the tests", (it: string) => it.replace("2 passed, 0 failed here", "200 passed, 0 failed here")],
    ["the machine", (it: string) => it.replace("4 cores", "64 cores")],
  ])("is %s that was altered", (_, tamper) => {
    const tampered = tamper(body);
    expect(tampered).not.toBe(body);
    expect(inconsistencies(sound, tampered, chart)).not.toEqual([]);
  });

  it("is a chart of another run, a conclusion that does not follow, a commit that was not measured", () => {
    expect(inconsistencies(sound, body, chart.replace(">80.5<", ">60.5<"))).toEqual([
      "the chart is not the one of the recorded run",
    ]);
    const better = record();
    (better.measured[0] as { comparison: { process: { headBytes: number } } }).comparison.process.headBytes -= 1024 ** 2;
    expect(inconsistencies(better, pullRequestBody(better), null)[0]).toContain("do not follow from its samples");
    const other = record({ head: "c".repeat(40) });
    expect(inconsistencies(other, pullRequestBody(other), null)[0]).toContain("was measured at bbbb");
  });
});

describe("charts in letters", () => {
  it("have bars by their share, and a sliver for what is there at all", () => {
    expect([heatBar(1, 4), heatBar(0.5, 4), heatBar(0.3, 4), heatBar(1e-9, 4), heatBar(0, 4), heatBar(7, 4)]).toEqual([
      "████",
      "██",
      "█▎",
      "▏",
      "",
      "████",
    ]);
    expect(sparkline([100, 50, 25, 0], 3)).toBe("▄▂▁");
    expect(sparkline([], 3)).toBe("");
    expect(
      chartText(record())
        .split("\n")
        .filter((it) => /^ {2}(base|head) █/.test(it)),
    ).toHaveLength(4);
  });
});

describe("the benchmark that is handed over", () => {
  it("runs what was measured", () => {
    const script = benchmarkScript('A = 1\nBASE = "HEAD~1"\nCOMMAND = ["-c", "pass"]\nPAIRS = 3\n# BASE = 1\n', {
      base: "abc",
      head: "def",
      folder: "sub",
      words: ["run.py", 'a "b" $1'],
      pairs: 5,
    });
    expect(script).toBe('A = 1\nBASE = "abc"\nCOMMAND = ["run.py","a \\"b\\" $1"]\nPAIRS = 5\n# BASE = 1\n');
    expect(
      interpreterWords({ kind: "function", module: "shop.report", qualname: "Report.of", setup: "import x", args: "x.y, 3" }),
    ).toEqual(["-c", "import x\nfrom shop.report import Report\nReport.of(x.y, 3)"]);
    expect(interpreterWords({ kind: "module", module: "shop", args: ["a"] })).toEqual(["-m", "shop", "a"]);
    expect(interpreterWords({ kind: "pytest", nodeId: "t.py::t" }).at(-1)).toBe("t.py::t");
  });
});
