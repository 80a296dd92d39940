import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Report } from "../src/vocabulary/report.ts";
import { Breakdown, Discoveries, Milestones, Provenance } from "./sections/end.tsx";
import { Experiments } from "./sections/experiments.tsx";
import { Flame } from "./sections/flame.tsx";
import { Held } from "./sections/held.tsx";
import { Stages } from "./sections/stages.tsx";
import { Story } from "./sections/story.tsx";
import { Timeline } from "./sections/timeline.tsx";
import { Left, Waterfall } from "./sections/waterfall.tsx";

/** One session from top to bottom. `children`: what a live page adds above it. */
export function Page({ report }: { report: Report }) {
  return (
    <main id="main">
      <Story report={report} />
      <Waterfall report={report} />
      <Left report={report} />
      <Stages report={report} />
      <Timeline report={report} />
      <Flame report={report} />
      <Held report={report} />
      <Experiments report={report} />
      <Discoveries report={report} />
      <Breakdown report={report} />
      <Milestones report={report} />
      <Provenance report={report} />
    </main>
  );
}

const sections = [
  ["stages", "Stages"],
  ["time", "Time"],
  ["flame", "Flame graph"],
  ["held", "Holders"],
  ["experiments", "Experiments"],
  ["breakdown", "What remains"],
  ["provenance", "Provenance"],
] as const;

const themes = ["auto", "light", "dark"] as const;

/** The bar above: where to go, and how light it is to be. */
export function Top({ children }: { children?: ComponentChildren }) {
  const [theme, choose] = useState<(typeof themes)[number]>("auto");
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
  const change = () => {
    choose(next);
    if (next === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = next;
  };
  return (
    <div class="top">
      <div>
        <a class="brand" href="#main" aria-label="codeflash-memory, to the top">
          <svg viewBox="0 0 18 18" aria-hidden="true">
            <rect x="0" y="0" width="18" height="4.4" rx="1" />
            <rect x="0" y="6.8" width="11" height="4.4" rx="1" />
            <rect x="0" y="13.6" width="4.5" height="4.4" rx="1" />
          </svg>
          <span>codeflash-memory</span>
        </a>
        <nav aria-label="Parts of this page">
          {sections.map(([id, text]) => (
            <a href={`#${id}`}>{text}</a>
          ))}
        </nav>
        {children}
        <button type="button" onClick={change} aria-label={`Light or dark: ${theme}; change to ${next}`}>
          {theme}
        </button>
      </div>
    </div>
  );
}
