import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { escaped } from "../../records/xml.ts";

/** The built pages: `dist/web` of a checkout or of the package. */
function folder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, "dist/web/all.css"))) return join(at, "dist/web");
    if (dirname(at) === at) throw new Error("the package's pages are missing");
  }
}

/** JSON that can stand in a script element: nothing in it can end the element or begin a comment. */
const embedded = (value: unknown): string =>
  JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

export interface Page {
  html: string;
  /** What the page may do, for a header; the page says it of itself too. */
  policy: string;
}

/**
 * One page that is whole in itself: it runs its own program and its own style, and nothing that is written in it as data.
 * `data`: given to the program; `connects`: whether it may ask the server that it came from; `without`: HTML for a reader without scripts.
 */
export async function page(options: {
  program: "report" | "dashboard";
  title: string;
  data: unknown;
  connects: boolean;
  without: string;
}): Promise<Page> {
  const built = folder();
  const [program, style] = await Promise.all([
    readFile(join(built, `${options.program}.js`), "utf8"),
    readFile(join(built, "all.css"), "utf8"),
  ]);
  const script = program.replaceAll("</script", "<\\/script");
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    `connect-src ${options.connects ? "'self'" : "'none'"}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escaped(options.title)}</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript><main>${options.without}</main></noscript>
<script type="application/json" id="data">${embedded(options.data)}</script>
<script>${script}</script>
</body>
</html>
`;
  return { html, policy };
}
