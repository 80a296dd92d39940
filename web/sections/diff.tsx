import type { ReportExperiment } from "../../src/vocabulary/report.ts";

/** A patch with its lines told apart by a sign and a colour. */
export function Diff({ patch, number }: { patch: NonNullable<ReportExperiment["patch"]>; number: number }) {
  const lines = patch.text.replace(/\n$/, "").split("\n");
  return (
    <section class="diff" aria-label={`Change of experiment ${number}`}>
      <pre tabindex={0}>
        {lines.map((line) => (
          <span class={kindOf(line)}>{`${line}\n`}</span>
        ))}
      </pre>
      {patch.cutBytes > 0 && (
        <p class="small quiet">
          {patch.cutBytes.toLocaleString("en")} letters more are in{" "}
          <code>.codeflash/experiments/{String(number).padStart(3, "0")}/patch.diff</code>.
        </p>
      )}
    </section>
  );
}

function kindOf(line: string): string {
  if (/^(diff |index |--- |\+\+\+ )/.test(line)) return "file";
  if (line.startsWith("@@")) return "place";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
