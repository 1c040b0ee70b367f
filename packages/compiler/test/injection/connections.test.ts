/** S51 for `list`: a hostile name changes nothing about the structure of any format. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Connection, connectivityOf } from '../../src/analysis/connectivity/connectivity.ts';
import { plain } from '../../src/cli/colour.ts';
import { CONNECTION_FORMATS, PRINT } from '../../src/cli/connections/formats.ts';
import type { ModelObject, Pod, Policy } from '../../src/model/types.ts';
import { type Address, parseAddress } from '../../src/values/address.ts';
import { printable } from '../../src/values/printable.ts';
import { CONTROL, PAYLOADS } from './payloads.ts';

/** What means something in a spreadsheet, a table, a diagram or a page. */
const MARKUP: Readonly<Record<string, string>> = {
  formula: '=cmd|" /C calc"!A0',
  'other formulas': '@SUM(1)',
  sum: '+1',
  difference: '-1',
  'a cell more': 'a,b","c',
  'a column more': 'a | b \\| c \\',
  'code span': '`` ` ```',
  'link and image': '[x](javascript:1) ![y](http://pwned) <http://pwned>',
  'HTML element': '</title></text><script>alert("pwned")</script><!--',
  'entities and CDATA': '&lt; &amp; &#60; ]]> <![CDATA[ <?xml ?>',
  'no character of XML': '\ufffe\uffff',
  'DOT escapes': '\\N \\G \\E \\n "]; n0 -> n1 [label="',
  'DOT HTML': '<<b>pwned</b>>',
  'Mermaid node': '"]\nn9["pwned"] --> n0 ; end',
  'Mermaid escapes': '#quot; #35; %%{init: {"securityLevel": "loose"}}%% click n0 href',
  'Mermaid Markdown': '`**pwned**`',
};

const NAMES = { ...PAYLOADS, ...MARKUP };

/** Three owners, one of them in two parts. */
function worldOf(name: string): readonly ModelObject[] {
  const pod = (own: string, ip: string, owner: Pod['owner'], namespace = 'ns'): Pod => ({
    kind: 'Pod',
    namespace,
    name: own,
    labels: { pod: own },
    addresses: [parseAddress(ip) as Address],
    node: undefined,
    hostAddresses: [],
    hostNetwork: false,
    finished: false,
    ports: [],
    owner,
    source: undefined,
  });
  const isolate: Policy = {
    kind: 'NetworkPolicy',
    tier: 'network',
    namespace: 'ns',
    name: 'deny',
    priority: 0,
    subject: {
      kind: 'pods',
      namespaces: { name: 'ns' },
      pods: [{ key: 'pod', operator: 'In', values: ['part'] }],
    },
    isolates: { ingress: true, egress: false },
    rules: { ingress: [], egress: [] },
    source: undefined,
  };
  return [
    pod(name, '10.0.0.1', { kind: 'Deployment', name: 'split' }),
    pod('part', '10.0.0.2', { kind: 'Deployment', name: 'split' }),
    pod('b', '10.0.0.3', { kind: name, name }),
    pod('c', '10.0.0.4', { kind: 'Pod', name: 'c' }, name),
    isolate,
  ];
}

const connectionsOf = (name: string): readonly Connection[] => connectivityOf(worldOf(name)).connections;

const USUAL = connectionsOf('usual').length;

for (const [what, name] of Object.entries(NAMES)) {
  test(`${what}: no format lets it out of its place`, () => {
    const connections = connectionsOf(name);
    assert.is(connections.length, USUAL);
    for (const format of CONNECTION_FORMATS) {
      const text = PRINT[format](connections, plain);
      assert.not.match(text.replace(/[\n]/g, ''), CONTROL, format);
      assert.ok(text.endsWith('\n'), format);
      CHECKS[format](text, connections);
    }
  });
}

type Check = (text: string, connections: readonly Connection[]) => void;

const CHECKS: Readonly<Record<(typeof CONNECTION_FORMATS)[number], Check>> = {
  table: (text) => assert.is(linesOf(text).length, USUAL + 1),
  text: (text) => assert.is(linesOf(text).length, USUAL),
  json: (text, connections) => {
    const rows = JSON.parse(text).connections as { src: Record<string, unknown> }[];
    assert.equal(
      rows.map(({ src }) => src),
      connections.map(({ source }) =>
        source.is === 'external'
          ? { external: source.addresses }
          : {
              namespace: source.namespace,
              name: source.owner.name,
              kind: source.owner.kind,
              ...(source.isPart ? { pods: source.pods.map((pod) => pod.name) } : {}),
            },
      ),
    );
  },
  csv: (text, connections) => {
    const rows = parseCsv(text).slice(1);
    assert.ok(rows.every((fields) => fields.length === 9));
    for (const field of rows.flat()) assert.not.match(field, /^[=+\-@]/);
    const names = connections.map(({ source }) =>
      source.is === 'pods' ? source.owner.name : source.addresses,
    );
    assert.equal(
      rows.map((fields) => (fields[2] as string).replace(/^'(?=[=+\-@])/, '')),
      names.map(printable),
    );
  },
  md: (text) => {
    const code = '(`[^`|\\\\]+`|<code>(?:[A-Za-z0-9 ]|&#[0-9]+;)*</code>)';
    const row = new RegExp(`^\\| ${code} \\| ${code} \\| [A-Za-z0-9 ,;-]+ \\|$`);
    const rows = linesOf(text).slice(2);
    assert.is(rows.length, USUAL);
    for (const line of rows) assert.match(line, row);
  },
  dot: (text) => {
    const label = '"(?:[^"\\\\&]|\\\\[\\\\"n]|&amp;)*"';
    const statement = new RegExp(
      `^(  (  )?n\\d+ \\[label=${label}(, shape=ellipse)?\\];|  n\\d+ -> n\\d+ \\[label=${label}\\];|    label=${label};|  subgraph cluster_\\d+ \\{|  \\})$`,
    );
    const lines = linesOf(text);
    assert.is(lines[0], 'digraph connections {');
    assert.is(lines.at(-1), '}');
    for (const line of lines.slice(5, -1)) assert.match(line, statement);
    assert.is(lines.filter((line) => /^ {2}n\d+ ->/.test(line)).length, USUAL);
  },
  mermaid: (text) => {
    const label = '(?:[A-Za-z0-9 .,:;/-]|#\\d+;|<br>)*';
    const statement = new RegExp(
      `^(    n\\d+\\["${label}"\\]|  n\\d+\\(\\["${label}"\\]\\)|  n\\d+ -->\\|"${label}"\\| n\\d+|  subgraph s\\d+\\["${label}"\\]|  end)$`,
    );
    const [head, ...lines] = linesOf(text);
    assert.is(head, 'flowchart LR');
    for (const line of lines) assert.match(line, statement);
    assert.is(lines.filter((line) => line.includes(' -->|')).length, USUAL);
  },
  svg: (text) => {
    const rest = text
      .replace(/<style>[^<>]*<\/style>/, '')
      .replace(/<\/?(svg|title|rect|text|line|g)( [a-zA-Z0-9]+="[^"<>&]*")*\/?>/g, '\n');
    assert.not.match(rest.replace(/&#\d+;/g, ''), /[<>&"']/);
    assert.not.match(text, /[\ufffe\uffff]/);
    assert.is(text.match(/<g>/g)?.length, USUAL);
  },
};

function linesOf(text: string): string[] {
  return text.slice(0, -1).split('\n');
}

/** RFC 4180, with line ends of Unix. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test.run();
