/** Label selectors as kubectl takes them with `-l`. */
import type { Selector } from '../model/types.ts';
import type { Reader } from '../objects/report.ts';
import { readSelector } from '../objects/selector.ts';

/** What the text says, or what is wrong with it. */
export type ParsedSelector = { readonly selector: Selector } | { readonly problem: string };

interface RawRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** One requirement at the start of the text: `!key`, `key in (a, b)`, `key notin (a, b)`, `key=value`, `key!=value`, `key`. */
const REQUIREMENT =
  /^\s*(?:!\s*(?<absent>[^\s=!(),<>]+)|(?<key>[^\s=!(),<>]+)(?:\s+(?<set>in|notin)\s*\((?<values>[^()]*)\)|\s*(?<sign>==|=|!=)\s*(?<value>[^\s=!(),<>]*))?)\s*(?:,|$)/;

/**
 * Reads `a=b,c!=d,e in (f, g),h notin (i),j,!k`: all must hold; `!=` and `notin` hold where the label is missing
 * (S21). An empty text selects everything.
 */
export function parseSelector(text: string): ParsedSelector {
  const requirements: RawRequirement[] = [];
  for (let rest = text; rest.trim() !== '' || rest !== text; ) {
    const match = REQUIREMENT.exec(rest);
    if (!match?.groups) return { problem: `cannot read it from "${rest.trim()}" on` };
    requirements.push(requirementOf(match.groups));
    const isLast = !match[0].endsWith(',');
    rest = rest.slice(match[0].length);
    if (isLast) break;
  }
  return checked(requirements);
}

function requirementOf(groups: Readonly<Record<string, string | undefined>>): RawRequirement {
  const { absent, key = '', set, values = '', sign, value = '' } = groups;
  if (absent !== undefined) return { key: absent, operator: 'DoesNotExist' };
  if (set !== undefined) {
    const list = values.split(',').map((one) => one.trim());
    return { key, operator: set === 'in' ? 'In' : 'NotIn', values: values.trim() === '' ? [] : list };
  }
  if (sign === undefined) return { key, operator: 'Exists' };
  return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
}

/** The same checks as for selectors in policies, so that no label is asked for that nobody can have. */
function checked(matchExpressions: readonly RawRequirement[]): ParsedSelector {
  const problems: string[] = [];
  const reader: Reader = {
    report: (_code, _path, message, expected) =>
      problems.push(expected === undefined ? message : `${message}, expected ${expected}`),
    sourceOf: () => undefined,
  };
  const { value } = readSelector({ matchExpressions }, [], reader, undefined);
  const [problem] = problems;
  return problem === undefined ? { selector: value } : { problem };
}
