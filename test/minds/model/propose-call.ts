interface Asked {
  technique: string;
  site: { file: string; qualname: string };
  /** What the checklist speaks of: a figure and a name that the evidence knows (`the 1000 rows that load gives`). */
  held: string;
  edits: { file: string; search: string; replace: string }[];
}

/** A model's call that proposes a change, in order but for what is given otherwise. */
export function proposeCall({ technique, site, held, ...more }: Asked & Record<string, unknown>) {
  const input = {
    technique,
    strategy: "allocations",
    site,
    subject: technique,
    description: technique,
    summary: `Do ${technique} as I was told`,
    expectedMib: 0.5,
    checklist: {
      category: "data-structures",
      reducible: `${held} need not be held`,
      persistent: `${held} are alive until ${site.qualname} returns`,
      mechanism: `${held} go before the next thing is made`,
      productionSafe: "nothing is cached",
      verifyCheaply: "I measured it already: 95 MiB less, all tests pass",
    },
    scope: [`${site.file}:${site.qualname}`],
    declaredCosts: [],
    consent: null,
    ...more,
  };
  return { name: "propose", input };
}
