import { compare } from "../method/compare.ts";
import { Comparison } from "../vocabulary/comparison.ts";
import type { PullRequestRecord } from "../vocabulary/pull-request.ts";
import { chartSvg } from "./chart.ts";
import { pullRequestBody } from "./pull-request.ts";

/** A figure of memory, time or share in somebody's own words. */
const figure = /\d[\d.,]*\s*(?:[KMGT]i?B|bytes?|%|per ?cent|×|x\b|times|ms|seconds?|s\b)/i;

/** The part that quotes the session: it is compared as a whole, not for figures. */
const story = /<details><summary>How it was found<\/summary>[\s\S]*?\n<\/details>/;

const linesOf = (text: string): string[] => text.split(/\r?\n/).map((it) => it.trimEnd());

/** Lines that tell a figure of the run: they must stand in the text as the record has them. */
function claims(record: PullRequestRecord): string[] {
  return linesOf(pullRequestBody(record).replace(story, "")).filter((it) => /\d/.test(it));
}

/**
 * What in a pull request is not borne out by its recorded run, a sentence each; empty: it may be shown. People may add words of
 * their own, but no figure; nothing that the record says may be altered or taken away. `chart`: the picture's source, null: it has
 * none.
 */
export function inconsistencies(record: PullRequestRecord, body: string, chart: string | null): string[] {
  const borne = new Set(linesOf(pullRequestBody(record)));
  const own = linesOf(body).filter((it) => !borne.has(it) && !/^!\[[^\]]*\]\(https:\/\/\S+\)$/.test(it));
  const present = new Set(linesOf(body));
  return [
    ...unsound(record),
    ...claims(record)
      .filter((it) => !present.has(it))
      .map((it) => `the recorded run says "${shortened(it)}", the text does not`),
    ...own
      .filter((it) => figure.test(it) || it.startsWith("|"))
      .map((it) => `the text says "${shortened(it)}", the recorded run does not`),
    ...(chart === null || chart === chartSvg(record) ? [] : ["the chart is not the one of the recorded run"]),
  ];
}

/** Whether the record's own conclusions follow from its samples. */
function unsound(record: PullRequestRecord): string[] {
  return record.measured.flatMap(({ target, base, head, comparison }) => {
    const again = compare(base, head, record.thresholds);
    const inOneForm = (it: Comparison) => JSON.stringify(Comparison.parse(it));
    const same = again !== null && inOneForm(again) === inOneForm(comparison);
    return [
      ...(same ? [] : [`the figures of ${target} do not follow from its samples`]),
      ...(head.commit === record.head ? [] : [`${target} was measured at ${head.commit}, not at ${record.head}`]),
    ];
  });
}

const shortened = (line: string): string => (line.length > 100 ? `${line.slice(0, 99)}…` : line);
