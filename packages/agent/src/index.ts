/** The agent as a library: for programs that start it themselves, and for tests. */
export { type Agent, type AgentParts, startAgent } from './agent.ts';
export { AgentError } from './agent-error.ts';
export { type AgentConfig, type ConfigResult, readConfig, type SourceChoice } from './config/config.ts';
export { FLAGS } from './config/flags.ts';
export { runProgram } from './program.ts';
export { KUBE_NETWORK_POLICIES_METRICS, METRICS, type Metric } from './report/metric-table.ts';
