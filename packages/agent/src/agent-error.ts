/** The agent cannot work here, in words for the user. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
}
