import type { EffectKind, Effects } from "../../src/adapters/effects.ts";

export type Fault = "kill" | "torn" | "ENOSPC" | "EIO";

/** The process is gone: nothing that it still does reaches the world. */
export class Killed extends Error {
  constructor() {
    super("killed");
    this.name = "Killed";
  }
}

/** A process id that no living process has. */
let nextPid = 5_000_000;

/** Effects that are counted; the `at`th one (from 1) meets its fault. `torn`: it is done by half, or done and never heard of. */
export class Faulty implements Effects {
  readonly pid = nextPid++;
  count = 0;
  readonly kinds: EffectKind[] = [];
  dead = false;
  private readonly at: number;
  private readonly fault: Fault;

  constructor(at: number, fault: Fault) {
    this.at = at;
    this.fault = fault;
  }

  async run<T>(kind: EffectKind, act: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    if (this.dead) throw new Killed();
    this.count += 1;
    this.kinds.push(kind);
    if (this.count !== this.at) return act();
    if (this.fault === "ENOSPC" || this.fault === "EIO") {
      await half?.();
      throw Object.assign(new Error(`${this.fault}: a fault that was put in`), { code: this.fault });
    }
    this.dead = true;
    if (this.fault === "torn") await (half ?? act)();
    throw new Killed();
  }
}
