/** Wrong use of the command, in words for its user: printed as they are, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
