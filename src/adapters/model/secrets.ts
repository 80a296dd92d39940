import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";

/** What the rules below leave: a long word that is given to a name which says what it is. */
const named = /((?:password|passwd|secret|token|api_?key|private_?key|credential)\w*["']?\s*[:=]\s*["'])([^"'\s]{8,})(["'])/gi;
/** Passwords inside of addresses: `scheme://user:password@host`. */
const inAddress = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]+:)([^\s@/]+)(@)/gi;
const mask = "[masked secret]";

/** The text with everything that looks like a secret replaced. What cannot be looked at is not let through: it throws. */
export async function masked(text: string): Promise<string> {
  const { messages } = await lintSource({
    source: { filePath: "text.py", content: text, contentType: "text" },
    options: {
      config: { rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator, rules: [] }] },
      noPhysicFilePath: true,
    },
  });
  let out = text;
  for (const { range } of [...messages].sort((a, b) => b.range[0] - a.range[0]))
    out = out.slice(0, range[0]) + mask + out.slice(range[1]);
  return out.replaceAll(named, `$1${mask}$3`).replaceAll(inAddress, `$1${mask}$3`);
}
