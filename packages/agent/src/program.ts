/** The agent as a program. Help and version go to stdout, everything else to stderr as JSON lines. */
import { constants } from 'node:os';
import { ClusterError, formatDiagnostic } from '@kncompile/compiler';
import { type AgentParts, startAgent } from './agent.ts';
import { AgentError } from './agent-error.ts';
import { type AgentConfig, readConfig } from './config/config.ts';
import { EXIT } from './exit-codes.ts';
import { removeQueuePath } from './judge/queue-path.ts';
import { hasNetAdmin } from './kernel/access.ts';
import { connectKernel } from './kernel/connect.ts';
import { cleanUp } from './reconcile/clean-up.ts';
import { createLogger, type Logger } from './report/logger.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const NO_PERMISSION =
  'changing the ruleset needs CAP_NET_ADMIN: run as root, or give the container that capability and the host network';

const BUG = 'this is a bug: please report it';

/** Runs to the end, and returns the exit code (EXIT). A second signal ends the process at once. */
export async function runProgram(argv: readonly string[], parts: AgentParts = {}): Promise<number> {
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
      return guarded(createLogger(result.config.logLevel), (log) =>
        run(result.config, { ...parts, log }, log),
      );
  }
}

/** Does what changes the kernel; whatever goes wrong is one line in the log. */
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
    else log.fatal(error, BUG);
    return EXIT.failed;
  }
}

/** Resolves when a signal has ended the agent. The ruleset stays in the kernel. */
async function run(config: AgentConfig, parts: AgentParts, log: Logger): Promise<void> {
  let stopping = false;
  const stop = Promise.withResolvers<void>();
  for (const signal of SIGNALS)
    process.on(signal, () => {
      if (stopping) process.exit(128 + constants.signals[signal]);
      stopping = true;
      log.info({ signal }, 'stopping; the ruleset stays in the kernel');
      stop.resolve();
    });
  // The kernel goes on enforcing, and whoever started us starts us again.
  process.on('uncaughtException', (error) => {
    log.fatal(error, BUG);
    process.exit(EXIT.failed);
  });
  const agent = await startAgent(config, parts);
  void stop.promise.then(() => agent.stop());
  await agent.done;
  log.info('stopped');
}

async function removeAll(log: Logger): Promise<void> {
  const { kernel } = await connectKernel();
  try {
    await cleanUp(kernel);
    removeQueuePath();
  } catch (error) {
    throw new AgentError(`cannot remove everything: ${(error as Error).message}`);
  }
  log.info('removed everything from the kernel');
}
