import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import { codeSpan } from '../markdown.ts';
import { allowedText, endLabel } from './texts.ts';

/** A table as GitHub and GitLab show it. */
export function printMarkdown(connections: readonly Connection[]): string {
  const rows = connections.map(
    ({ source, destination, allowed }) =>
      `| ${codeSpan(endLabel(source))} | ${codeSpan(endLabel(destination))} | ${allowedText(allowed)} |`,
  );
  return ['| From | To | Allowed |', '| --- | --- | --- |', ...rows].map((line) => `${line}\n`).join('');
}
