/** `provider:name` in its two parts; what stands behind the first colon is the provider's own business. */
export function split(name: string): [string, string] {
  const at = name.indexOf(":");
  return at < 0 ? [name, ""] : [name.slice(0, at), name.slice(at + 1)];
}
