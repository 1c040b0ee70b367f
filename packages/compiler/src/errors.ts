/**
 * Every stable code of a message about input, with what it means and what to do about it. Codes never change meaning
 * and are never reused: scripts may match on them.
 */
import type { Source } from './model/types.ts';

export type Severity = 'error' | 'warning';

interface CodeInfo {
  readonly severity: Severity;
  readonly meaning: string;
  readonly remedy: string;
}

const error = (meaning: string, remedy: string): CodeInfo => ({ severity: 'error', meaning, remedy });
const warning = (meaning: string, remedy: string): CodeInfo => ({ severity: 'warning', meaning, remedy });

export const CODES = {
  // Reading
  'input-missing': error('A path that was given does not exist.', 'Correct the path.'),
  'input-unreadable': error(
    'A file or directory cannot be read.',
    'Give the user of the command read access.',
  ),
  'input-empty': warning(
    'A directory holds no .yaml, .yml or .json file.',
    'Check that it is the right one.',
  ),
  'not-utf8': error('The text is not UTF-8.', 'Convert the file, for example with iconv.'),
  'yaml-syntax': error('A document is not YAML.', 'Correct it where the caret stands.'),
  'json-syntax': error('A document is not JSON.', 'Correct it where the caret stands.'),
  'duplicate-key': error('A mapping holds one key twice.', 'Keep one of the two.'),
  'too-many-aliases': error('Aliases multiply a document beyond reason.', 'Write the values out.'),
  'nesting-too-deep': error('A document or a List is nested beyond reason.', 'Flatten it.'),

  // Any object
  'not-an-object': error('A document or list item is not a mapping.', 'Write one Kubernetes object there.'),
  'kind-missing': error('An object has no kind.', 'Add kind and apiVersion.'),
  'api-version-missing': error('An object of a known kind has no apiVersion.', 'Add apiVersion.'),
  'api-version-unknown': error(
    'A policy kind in an API version that is not read.',
    'Use the version it names.',
  ),
  'object-duplicate': error(
    'Kind, namespace and name occur twice.',
    'Remove or rename one; the first one counts.',
  ),
  'field-missing': error('A required field is missing or null.', 'Add it.'),
  'field-type': error('A field has the wrong JSON type.', 'Write a value of the expected type.'),
  'field-value': error('A value is outside what the field allows.', 'Choose an allowed value.'),
  'field-ignored': warning('A field of a policy is unknown and without effect.', 'Correct or remove it.'),
  'too-many': error('A list or text is longer than the API allows (S35).', 'Split it.'),
  'too-few': error('A list that must not be empty is empty.', 'Add an item or remove the list.'),
  'address-invalid': error('A text is not an IP address.', 'Write a plain IPv4 or IPv6 address.'),

  // Policies
  'label-key': error('A selector uses a key that no label can have.', 'Correct the key.'),
  'label-value': error('A selector uses a value that no label can have.', 'Correct the value.'),
  'selector-values': error(
    'Operator and values do not fit together (S21).',
    'In and NotIn take values, others none.',
  ),
  'subject-invalid': error(
    'The subject is empty, ambiguous or unknown (S30, S33).',
    'Give exactly one known form.',
  ),
  'peer-empty': error('A NetworkPolicy peer selects by nothing (S19).', 'Name a selector or an ipBlock.'),
  'peer-ambiguous': error('A peer has two forms at once (S19, S31).', 'Make two peers of it.'),
  'port-ambiguous': error('A port has two forms at once (S34).', 'Make two ports of it.'),
  'unknown-field': warning(
    'An unknown or empty peer, port or rule field; the rule fails closed (S33).',
    'Correct it.',
  ),
  'peer-not-applicable': warning(
    'A peer that has no meaning here; the rule fails closed (S33).',
    'Move or remove it.',
  ),
  'action-unknown': error('An action that this kind does not have.', 'Use one of the listed actions.'),
  'action-other-version': error('An action of the other API version.', 'Use the spelling of this version.'),
  'cidr-invalid': error('A text is not a CIDR.', 'Write address/prefix.'),
  'cidr-host-bits': warning(
    'A CIDR has bits set behind its prefix; they are masked (S22).',
    'Write the masked form.',
  ),
  'cidr-except': error('An except block is not strictly inside its cidr (S22).', 'Correct one of the two.'),
  'port-name': error(
    'A text cannot be the name of a port.',
    'Use the name of a container port, or a number.',
  ),
  'port-range': error('A port range is incomplete or ends before it starts (S24, S34).', 'Correct its ends.'),
  'port-every': warning(
    'A protocol without destinationPort means every port (S34).',
    'Name the ports, or leave it.',
  ),
  'named-port-peer': error(
    'A named port next to a peer that has no pods (S32).',
    'Use a number, or split the rule.',
  ),
  'domain-name': error('A text is not a domain name (S37).', 'Write a full name, or *. and a full name.'),
  'baseline-name': error('A BaselineAdminNetworkPolicy is not called default (S5).', 'Rename it.'),
  'priority-tie': warning(
    'Two policies of one tier have one priority (S6, S8).',
    'Give them different priorities.',
  ),
  'named-port-undefined': warning(
    'No selected destination defines the named port (S26).',
    'Correct the port name.',
  ),

  'not-convertible': error(
    'A policy cannot become a ClusterNetworkPolicy without a change of meaning.',
    'Do what the message asks for, and convert again.',
  ),

  // Pods that the input leaves to us
  'replicas-capped': warning(
    'A workload asks for more pods than are made from its template.',
    'Nothing, usually.',
  ),
  'pod-cidr-full': error('The pod CIDR has too few addresses.', 'Give a larger --pod-cidr.'),

  // Ends of connections, and what is expected of them
  'end-invalid': error(
    'A text names no end of a connection.',
    'Write namespace/pod, namespace/kind/name, node/NAME or an address.',
  ),
  'end-unknown': error(
    'The input has no such pod, workload or node.',
    'Correct the name, or add the object to the input.',
  ),
  'end-without-address': error('An end has no address, so nothing can connect.', 'Name a pod that runs.'),
  'ends-without-common-family': error(
    'One end has only IPv4 addresses and the other only IPv6 addresses.',
    'Name ends that can reach each other.',
  ),
  'ends-outside': error('Neither end is a pod or a node of the cluster.', 'Name one that is.'),
  'expectation-invalid': error(
    'A document or list item is no expectation, or holds a key that expectations do not have.',
    'Write name, from, to, port, protocol and expect.',
  ),
  'expectation-none': error('A file of expectations holds none.', 'Add some, or leave the file out.'),

  // Live clusters
  'kubeconfig-missing': error('No cluster is configured.', 'Set KUBECONFIG or give --kubeconfig.'),
  'kubeconfig-invalid': error('The kubeconfig cannot be used.', 'Correct it.'),
  'context-unknown': error('The kubeconfig has no such context.', 'Choose one that it has.'),
  'server-unreachable': error(
    'The API server cannot be reached.',
    'Check the address, the network and the certificates.',
  ),
  'server-refused': error(
    'The API server refuses a request.',
    'Log in again, or grant the named permission.',
  ),
  'server-forbids': error(
    'The credentials may not make a request.',
    'Grant the permission that the message names.',
  ),
  'server-failed': error('The API server answers with a failure.', 'Read its message; try again.'),
  'owners-unknown': warning(
    'Workloads cannot be listed, so pods keep their direct owners.',
    'Grant the permission.',
  ),
} as const satisfies Record<string, CodeInfo>;

export type Code = keyof typeof CODES;

export interface ObjectRef {
  readonly kind: string;
  /** Empty for kinds without namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** One message about the input. Its strings are as hostile as the input: only `formatDiagnostic` makes them printable. */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: Code;
  /** What is wrong: the middle of a sentence, without full stop. */
  readonly message: string;
  /** What would be right, as it follows the word "expected". */
  readonly expected: string | undefined;
  /** The object that it is about, where that much could be read. */
  readonly object: ObjectRef | undefined;
  /** The field, as in `spec.ingress[0].from[1]`; empty for the whole object. */
  readonly field: string;
  /** Columns count UTF-16 code units. */
  readonly source: Source | undefined;
  /** The line of text that `source` points into. */
  readonly excerpt: string | undefined;
}

/** What a message needs besides its code and sentence; all of it is optional. */
export type DiagnosticDetails = Partial<Omit<Diagnostic, 'severity' | 'code' | 'message'>>;

export function diagnostic(code: Code, message: string, details: DiagnosticDetails = {}): Diagnostic {
  return Object.freeze({
    severity: CODES[code].severity,
    code,
    message,
    expected: details.expected,
    object: details.object,
    field: details.field ?? '',
    source: details.source,
    excerpt: details.excerpt,
  });
}
