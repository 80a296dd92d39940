import { useState } from "preact/hooks";

/** A command to type, with a button that copies it. */
export function Command({ what, command }: { what: string; command: string }) {
  const [copied, tell] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      tell(true);
      setTimeout(() => tell(false), 1500);
    } catch {
      // no clipboard where the page is a file: the text can be marked
    }
  };
  return (
    <div class="command small">
      <div class="grow">
        <span class="quiet">{what}</span>
        <br />
        <code>{command}</code>
      </div>
      <button type="button" class="noprint" aria-label={`Copy the command: ${what}`} onClick={copy}>
        {copied ? "copied" : "copy"}
      </button>
    </div>
  );
}
