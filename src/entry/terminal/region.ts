import type { Colours } from "./colours.ts";

/** The part of a terminal below the lines, which moves while something is done. */
export interface Region {
  /** Writes text that stays, above the region. */
  above(text: string): void;
  /** Shows a picture and draws it anew several times a second, until it is hidden. */
  show(picture: () => string[]): void;
  /** Takes the picture away until it is drawn next: somebody else writes to the same terminal. */
  pause(): void;
  hide(): void;
}

type Stream = NodeJS.WriteStream;

const drawEveryMs = 200;

/** A region where a person sits at the stream; null where it is piped, dumb, or too narrow to be drawn in. */
export function regionOf(stream: Stream, on: Colours): Region | null {
  const capable = stream.isTTY === true && process.env["TERM"] !== "dumb" && (stream.columns ?? 80) >= 20;
  return capable ? region(stream, on) : null;
}

/** What draws is loaded with the first picture, so that a quick command never waits for it. */
function region(stream: Stream, on: Colours): Region {
  let pen: Pen | null = null;
  let picture: (() => string[]) | null = null;
  let timer: NodeJS.Timeout | null = null;
  const draw = () => {
    if (pen && picture) pen.draw(picture());
  };
  return {
    above: (text) => {
      pen?.clear();
      stream.write(text);
      draw();
    },
    show: (wanted) => {
      picture = wanted;
      if (timer === null) {
        timer = setInterval(draw, drawEveryMs);
        timer.unref();
      }
      if (pen) draw();
      else
        void penFor(stream, on).then((made) => {
          pen ??= made;
          draw();
        });
    },
    pause: () => pen?.clear(),
    hide: () => {
      picture = null;
      if (timer) clearInterval(timer);
      timer = null;
      pen?.clear();
    },
  };
}

interface Pen {
  draw(lines: readonly string[]): void;
  clear(): void;
}

async function penFor(stream: Stream, on: Colours): Promise<Pen> {
  const [{ createLogUpdate }, { default: widthOf }] = await Promise.all([import("log-update"), import("string-width")]);
  // The cursor stays visible: a run that is killed outright leaves the terminal as it found it.
  const update = createLogUpdate(stream, { showCursor: true });
  let shown = false;
  return {
    draw: (lines) => {
      const room = Math.max(10, (stream.columns ?? 80) - 1);
      shown = true;
      update(lines.map((line, index) => (index === 0 ? on.bold : on.dim)(cutTo(line, room, widthOf))).join("\n"));
    },
    clear: () => {
      if (shown) update.clear();
      shown = false;
    },
  };
}

/** The text as far as it fits, by what a terminal shows of it: a wide letter takes two columns. */
export function cutTo(text: string, columns: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let used = 0;
  for (const letter of text) {
    used += widthOf(letter);
    if (used > columns - 1) break;
    kept += letter;
  }
  return `${kept}…`;
}
