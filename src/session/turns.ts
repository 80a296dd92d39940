/**
 * Who may run now: at most so many at once, the loop before what runs ahead of it, and one that must be alone when all others
 * have ended. No run is ever interrupted by another.
 */
export class Turns {
  private running = 0;
  private exclusive = false;
  private readonly waiting: { first: boolean; alone: boolean; start: () => void }[] = [];
  private readonly most: number;
  /** Whether there is room on the machine for one more beside those that run. */
  private readonly room: () => boolean;
  /** Counts the moments in which a run got company. */
  private meetings = 0;

  constructor(most: number, room: () => boolean = () => true) {
    this.most = most;
    this.room = room;
  }

  /** Runs `work` when its turn comes; `company`: whether another ran at the same time at some moment. */
  async take<T>(work: () => Promise<T>, options: { first: boolean; alone: boolean }): Promise<{ value: T; company: boolean }> {
    await this.turn(options);
    const met = this.meetings;
    const beside = this.running > 1;
    try {
      const value = await work();
      return { value, company: beside || this.meetings !== met };
    } finally {
      this.running -= 1;
      if (options.alone) this.exclusive = false;
      this.next();
    }
  }

  private turn(options: { first: boolean; alone: boolean }): Promise<void> {
    return new Promise((start) => {
      this.waiting.push({ ...options, start });
      this.next();
    });
  }

  private next(): void {
    for (;;) {
      const at = this.waiting.findIndex((it) => it.first);
      const index = at >= 0 ? at : 0;
      const one = this.waiting[index];
      if (!one || !this.mayStart(one)) return;
      this.waiting.splice(index, 1);
      this.running += 1;
      if (this.running > 1) this.meetings += 1;
      this.exclusive = one.alone;
      one.start();
    }
  }

  private mayStart({ first, alone }: { first: boolean; alone: boolean }): boolean {
    if (this.running === 0) return true;
    return !alone && !this.exclusive && this.running < this.most && (first || this.room());
  }
}
