/**
 * What can go wrong in a way that a user can mend, and the exit code that goes with it:
 * 1 the target or its tests fail, 2 wrong use, 3 stopped by a limit, 4 environment unfit, 130 interrupted.
 */
const failureExitCodes = {
  "wrong-use": 2,
  "bad-settings": 2,
  "unknown-target": 2,
  "not-a-repository": 2,
  "no-commit": 2,
  "no-tests": 2,
  "target-failed": 1,
  "target-timed-out": 1,
  "tests-failed": 1,
  "limit-reached": 3,
  interrupted: 130,
  "no-python": 4,
  "python-too-old": 4,
  "python-unfit": 4,
  unwritable: 4,
  "disk-full": 4,
  "not-isolated": 4,
  incomparable: 4,
  held: 4,
  "journal-damaged": 4,
  "model-failed": 4,
  "wrong-code-measured": 4,
  "harness-broken": 4,
} as const;

export type FailureCode = keyof typeof failureExitCodes;

/** A broken promise: a code, a sentence that says what is wrong, and one that says how to go on. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly wayForward: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: FailureCode, sentence: string, wayForward: string, facts: Record<string, unknown> = {}) {
    super(sentence);
    this.name = "Failure";
    this.code = code;
    this.wayForward = wayForward;
    this.facts = facts;
  }

  get exitCode(): number {
    return failureExitCodes[this.code];
  }
}
