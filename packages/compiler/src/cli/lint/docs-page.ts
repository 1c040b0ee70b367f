/** The page about a rule, from the top of the repository. */
export function docsPage(rule: string): string {
  return `docs/lint/${rule}.md`;
}
