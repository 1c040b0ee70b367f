/**
 * The condition of a policy that is not realised everywhere. All nodes share it: its message lists them. A node adds itself
 * and takes itself out, always from the version of the object that it saw last (`resourceVersion`), so that no node
 * undoes what another has written.
 */
import type { RawObject } from '../source/raw-object.ts';
import type { Observed, Problem } from './observed.ts';
import { bounded, timestamp } from './text.ts';

export const CONDITION = 'KncompileRealised';

/** So many are named; the next one says that there are others, and those after it write nothing. */
const MOST_NAMES = 10;

/** Bytes. The API takes more (32768), nobody reads more. */
const LONGEST_MESSAGE = 8192;

const MESSAGE = /^not on ([a-z0-9][-a-z0-9.]*(?:, [a-z0-9][-a-z0-9.]*)*)( and others)?: /;

/** What a node knows when it looks at a policy. */
export interface Standing {
  readonly node: string;
  /** Undefined when this node realises the policy. */
  readonly problem: Problem | undefined;
  /** Whether a node has left the cluster. */
  readonly isGone: (node: string) => boolean;
}

export interface ConditionChange {
  /** All conditions of the object as they should be. */
  readonly conditions: readonly RawObject[];
  /** Whether it is about this node; else it only tidies up after others, who may do that themselves. */
  readonly isOwn: boolean;
}

interface Listed {
  readonly nodes: readonly string[];
  readonly others: boolean;
}

const NOBODY: Listed = Object.freeze({ nodes: Object.freeze([]), others: false });

/** What this node has to write into the policy's status; undefined when that says what it should. */
export function conditionChange(
  { conditions = [], generation }: Observed,
  { node, problem, isGone }: Standing,
  now: Date,
): ConditionChange | undefined {
  const ours = conditions.find(({ type }) => type === CONDITION);
  const rest = conditions.filter(({ type }) => type !== CONDITION);
  const written = ours ? listedIn(ours) : NOBODY;
  // What was said of another generation says nothing of this one.
  const isCurrent = ours?.['observedGeneration'] === generation;
  const before = isCurrent ? written : NOBODY;
  const after = listWith(problem !== undefined, node, {
    ...before,
    nodes: before.nodes.filter((each) => !isGone(each)),
  });
  if (ours ? isCurrent && isSame(before, after) : after.nodes.length === 0) return undefined;
  const isOwn = written.nodes.includes(node) || after.nodes.includes(node);
  if (after.nodes.length === 0) return { conditions: rest, isOwn };
  const { reason, text } = problem ?? { reason: ours?.['reason'], text: detailOf(ours) };
  const names = `${after.nodes.join(', ')}${after.others ? ' and others' : ''}`;
  const condition = {
    type: CONDITION,
    status: 'False',
    reason,
    message: bounded(`not on ${names}: ${text}`, LONGEST_MESSAGE),
    observedGeneration: generation,
    lastTransitionTime: ours?.['lastTransitionTime'] ?? timestamp(now),
  };
  return { conditions: [...rest, condition], isOwn };
}

/** Whoever leaves makes room, and takes "others" along: those who are meant find the room, and add themselves. */
function listWith(isFailing: boolean, node: string, { nodes, others }: Listed): Listed {
  const isNamed = nodes.includes(node);
  if (!isFailing)
    return isNamed ? { nodes: nodes.filter((each) => each !== node), others: false } : { nodes, others };
  if (isNamed) return { nodes, others };
  return nodes.length < MOST_NAMES ? { nodes: [...nodes, node].sort(), others } : { nodes, others: true };
}

function isSame(one: Listed, other: Listed): boolean {
  return one.others === other.others && one.nodes.join() === other.nodes.join();
}

function messageOf(condition: RawObject | undefined): string {
  const message = condition?.['message'];
  return typeof message === 'string' ? message : '';
}

function listedIn(condition: RawObject): Listed {
  const [, names, others] = MESSAGE.exec(messageOf(condition)) ?? [];
  return names === undefined ? NOBODY : { nodes: names.split(', '), others: others !== undefined };
}

function detailOf(condition: RawObject | undefined): string {
  return messageOf(condition).replace(MESSAGE, '');
}
