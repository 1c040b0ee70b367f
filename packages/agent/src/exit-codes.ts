/** What the program's end says to whoever started it. */
export const EXIT = Object.freeze({ fine: 0, failed: 1, misconfigured: 2 });

/** When the program ends with which code, for the documentation. */
export const EXIT_CODES: Readonly<Record<string, string>> = Object.freeze({
  [EXIT.fine]: 'Stopped by SIGTERM or SIGINT, cleaned up (`--cleanup`), or answered `--help` or `--version`',
  [EXIT.failed]:
    'It cannot work here: no CAP_NET_ADMIN, the address of the metrics is taken, the clean-up failed; or a bug',
  [EXIT.misconfigured]: 'Flags or variables are wrong, or no cluster is configured',
  '128 + signal': 'A second signal came before it had stopped: it ended at once',
});
