#!/usr/bin/env node
/**
 * The agent as a program. Data (help, version) goes to stdout, everything else to stderr as JSON lines.
 * Exit codes: see EXIT.
 */
import { constants } from 'node:os';
import { ClusterError, formatDiagnostic } from '@kncompile/compiler';
import { removeXtables } from '@kncompile/nfq-ffi';
import { AgentError, startAgent } from './agent.ts';
import { type AgentConfig, readConfig } from './config/config.ts';
import { hasNetAdmin } from './kernel/access.ts';
import { connectKernel } from './kernel/connect.ts';
import { cleanUp } from './reconcile/clean-up.ts';
import { createLogger, type Logger } from './report/logger.ts';

/** A second signal ends the program at once, with 128 and the signal's number. */
export const EXIT = Object.freeze({
  /** Stopped by a signal, cleaned up, or answered --help or --version. */
  fine: 0,
  /** It cannot work here: no permission, the address of the metrics is taken, clean-up failed; or a bug. */
  failed: 1,
  /** Flags or variables are wrong, or no cluster is configured. */
  misconfigured: 2,
});

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const NO_PERMISSION =
  'changing the ruleset needs CAP_NET_ADMIN: run as root, or give the container that capability and the host network';

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const result = await readConfig(argv, process.env);
  switch (result.kind) {
    case 'text':
      process.stdout.write(`${result.text}\n`);
      return EXIT.fine;
    case 'wrong': {
      const log = createLogger('info');
      for (const error of result.errors) log.fatal(error);
      return EXIT.misconfigured;
    }
    case 'cleanup':
      return guarded(createLogger(result.config.logLevel), removeAll);
    case 'run':
      return guarded(createLogger(result.config.logLevel), (log) => run(result.config, log));
  }
}

/** Runs what changes the kernel; whatever goes wrong is one line in the log. */
async function guarded(log: Logger, work: (log: Logger) => Promise<void>): Promise<number> {
  if (!hasNetAdmin()) {
    log.fatal(NO_PERMISSION);
    return EXIT.failed;
  }
  try {
    await work(log);
    return EXIT.fine;
  } catch (error) {
    if (error instanceof ClusterError) {
      log.fatal(formatDiagnostic(error.diagnostic));
      return EXIT.misconfigured;
    }
    if (error instanceof AgentError) log.fatal(error.message);
    else log.fatal(error, 'this is a bug: please report it');
    return EXIT.failed;
  }
}

/** Resolves when a signal has ended the agent. The ruleset stays in the kernel. */
async function run(config: AgentConfig, log: Logger): Promise<void> {
  const agent = await startAgent(config, { log });
  let stopping = false;
  for (const signal of SIGNALS)
    process.on(signal, () => {
      if (stopping) process.exit(128 + constants.signals[signal]);
      stopping = true;
      log.info({ signal }, 'stopping; the ruleset stays in the kernel');
      void agent.stop();
    });
  await agent.done;
  log.info('stopped');
}

async function removeAll(log: Logger): Promise<void> {
  const { kernel } = await connectKernel();
  try {
    await cleanUp(kernel);
    removeXtables();
  } catch (error) {
    throw new AgentError(`cannot remove everything: ${(error as Error).message}`);
  }
  log.info('removed everything from the kernel');
}
