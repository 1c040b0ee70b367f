import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import { codeSpan } from '../markdown.ts';
import { allowedText } from './texts.ts';

/** A table as GitHub and GitLab show it. */
export function printMarkdown(connections: readonly Connection[]): string {
  const rows = connections.map(
    ({ source, destination, allowed }) =>
      `| ${codeSpan(source.text)} | ${codeSpan(destination.text)} | ${allowedText(allowed)} |`,
  );
  return ['| From | To | Allowed |', '| --- | --- | --- |', ...rows].map((line) => `${line}\n`).join('');
}
