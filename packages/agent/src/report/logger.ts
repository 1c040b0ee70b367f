import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** What a terminal might obey, and what is no ASCII: inside of JSON that is only ever part of a string. */
const BEYOND_ASCII = /[\u007f-\uffff]/g;

/** JSON in which every character is a printable one of ASCII: whatever names the cluster has, a log line is one line. */
export function asciiJson(line: string): string {
  return line.replace(BEYOND_ASCII, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Logs JSON lines to stderr, at once: what is said last matters most when a program ends.
 * @param level as pino names them
 * @param to instead of stderr
 */
export function createLogger(level: string, to: DestinationStream = stderr()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: asciiJson },
    },
    to,
  );
}

function stderr(): DestinationStream {
  const destination = pino.destination({ fd: 2, sync: true });
  // Nobody reads it any more: enforcing matters more than telling.
  destination.on('error', () => undefined);
  return destination;
}
