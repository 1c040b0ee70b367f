import { NfqError } from '../errors.ts';
import { type CommandResult, type RunCommand, runCommand } from './command.ts';
import { CHAIN, chainText, HOOKS, jumpRule, TABLE, type XtablesOptions } from './rules.ts';

const FAMILIES = ['iptables', 'ip6tables'] as const;

/** Waits for other users of xtables' lock instead of failing. */
const WAIT = ['-w', '5'];

/**
 * Installs the rules that queue marked packets, for kernels without nft's `queue` statement. Doing it again changes them to the
 * new options. Throws NFQ_XTABLES_FAILED, NFQ_BAD_OPTION.
 */
export function installXtables(options: XtablesOptions, run: RunCommand = runCommand): void {
  const text = chainText(options);
  for (const command of FAMILIES) {
    check(run(`${command}-restore`, [...WAIT, '--noflush'], text), `${command}-restore`);
    const wanted = HOOKS.map((hook) => jumpRule(hook, options.mark).join(' '));
    const present = check(listRules(command, run), command).flatMap(jumpOf);
    for (const rule of present.filter((rule) => !wanted.includes(rule))) edit(command, run, '-D', rule);
    for (const rule of wanted.filter((rule) => !present.includes(rule))) edit(command, run, '-A', rule);
  }
}

/** Removes everything that installXtables made, whatever its options were; nothing to remove, or no iptables, is fine. */
export function removeXtables(run: RunCommand = runCommand): void {
  for (const command of FAMILIES) {
    const listed = listRules(command, run);
    if (listed.status !== 0) continue;
    const rules = check(listed, command);
    for (const rule of rules.flatMap(jumpOf)) edit(command, run, '-D', rule);
    if (!rules.includes(`-N ${CHAIN}`)) continue;
    edit(command, run, '-F', CHAIN);
    edit(command, run, '-X', CHAIN);
  }
}

function listRules(command: string, run: RunCommand): CommandResult {
  return run(command, [...WAIT, '-t', TABLE, '-S']);
}

/** The rule behind `-A` when it leads into our chain. */
function jumpOf(line: string): readonly string[] {
  return line.startsWith('-A ') && line.endsWith(` -j ${CHAIN}`) ? [line.slice(3)] : [];
}

/** `rule` in the words that iptables -S prints: none of ours needs quoting. */
function edit(command: string, run: RunCommand, action: '-A' | '-D' | '-F' | '-X', rule: string): void {
  check(run(command, [...WAIT, '-t', TABLE, action, ...rule.split(' ')]), command);
}

/** The lines of the output. */
function check(result: CommandResult, what: string): readonly string[] {
  if (result.status !== 0) throw new NfqError('NFQ_XTABLES_FAILED', `${what} failed (${result.output})`);
  return result.output.split('\n');
}
