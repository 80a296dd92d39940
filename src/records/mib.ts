const mebibyte = 1024 * 1024;

/** `131.4`: MiB with one decimal, the only unit that people see. */
export const mib = (bytes: number): string => (bytes / mebibyte).toFixed(1);

/** `+46.6` or `-3.0`. */
export const signedMib = (bytes: number): string => `${bytes >= 0 ? "+" : ""}${mib(bytes)}`.replace(/^[+-]*0\.0$/, "+0.0");

/** Unknown is `-`, never 0. */
export const mibOrDash = (bytes: number | null): string => (bytes === null ? "-" : mib(bytes));
