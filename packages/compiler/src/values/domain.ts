/**
 * Whether a name of a policy means a DNS name (S37): itself, or `*.` and one or more whole labels in front of the rest.
 * Both in lower case and without the dot at the end.
 */
export function domainHolds(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name;
  const suffix = pattern.slice(1);
  return name.length > suffix.length && name.endsWith(suffix) && !name.startsWith('.');
}
