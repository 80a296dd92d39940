import { timingSafeEqual } from "node:crypto";

/** What a request says of itself. */
export interface Asking {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  /** `Sec-Fetch-Site`; browsers of today all send it. */
  site: string | undefined;
  /** The token that it brings: by the address, the cookie or the header. */
  token: string | undefined;
}

/**
 * Why a request is not answered; null: it is. Another page in the same browser can send requests here, so the name that it asked
 * for, the page that it comes from and the token must all be ours.
 */
export function refusal({ method, host, origin, site, token }: Asking, ours: { port: number; token: string }): string | null {
  const hosts = ["127.0.0.1", "localhost", "[::1]"].map((it) => `${it}:${ours.port}`);
  if (host === undefined || !hosts.includes(host)) return "This address is not ours.";
  if (origin !== undefined && origin !== `http://${host}`) return "Another page may not ask here.";
  if (method !== "GET" && origin === undefined) return "A change must come from our own page.";
  if (method !== "GET" && site !== undefined && site !== "same-origin") return "A change must come from our own page.";
  if (token === undefined || !equal(token, ours.token)) return "Open the address that the terminal printed: it carries a token.";
  return null;
}

function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
