/** Texts of flags to values. */
import { isIP } from 'node:net';
import { type Rate, UsageError } from '@kncompile/compiler';
import type { Parsed } from './flag.ts';

/** Where something listens; without a host on every address. */
export interface BindAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const UNITS: readonly Rate['per'][] = ['second', 'minute', 'hour', 'day'];

export function parseChoice<const T extends string>(...choices: readonly T[]): (text: string) => Parsed<T> {
  return (text) => {
    const value = choices.find((choice) => choice === text);
    return value === undefined ? { expected: choices.join(' or ') } : { value };
  };
}

/** A flag that stands alone means yes. */
export function parseSwitch(text: string): Parsed<boolean> {
  const value = ({ '': true, true: true, false: false } as const)[text];
  return value === undefined ? { expected: 'true or false' } : { value };
}

/** Takes a parser of the compiler's command line, which throws `…: expected …` or `…: what is right`. */
export function parseAsCommand<T>(parse: (text: string) => T): (text: string) => Parsed<T> {
  return (text) => {
    try {
      return { value: parse(text) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return { expected: error.message.split(/expected |: /).at(-1) ?? error.message };
    }
  };
}

/** @returns milliseconds */
export function parseDuration(text: string): Parsed<number> {
  const match = /^([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s)$/.exec(text);
  const milliseconds = Number(match?.[1]) * (match?.[2] === 's' ? 1000 : 1);
  return milliseconds >= 1 && milliseconds <= 60_000
    ? { value: milliseconds }
    : { expected: 'a duration from 1ms to 60s, such as 500ms or 1s' };
}

export function parseRate(text: string): Parsed<Rate | undefined> {
  if (text === 'off') return { value: undefined };
  const [count = '', unit] = text.split('/');
  const per = UNITS.find((each) => each === unit);
  return /^[1-9][0-9]{0,5}$/.test(count) && per && text === `${count}/${per}`
    ? { value: Object.freeze({ count: Number(count), per }) }
    : { expected: `a rate such as 10/second (or ${UNITS.slice(1).join(', ')}), or off` };
}

export function parseBindAddress(text: string): Parsed<BindAddress> {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):([0-9]{1,5})$/.exec(text);
  const [, six, other, port] = match ?? [];
  const host = six ?? other ?? '';
  const isHost =
    six !== undefined ? isIP(six) === 6 : host === '' || host === 'localhost' || isIP(host) === 4;
  return match && isHost && Number(port) <= 65535
    ? { value: Object.freeze({ host: host === '' ? undefined : host, port: Number(port) }) }
    : { expected: 'HOST:PORT, [IPv6]:PORT or :PORT, such as :9080 or 127.0.0.1:9080' };
}

export function parseNodeName(text: string): Parsed<string> {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)
    ? { value: text }
    : { expected: "the name of this node's Node object, in lower case" };
}

export function parsePath(text: string): Parsed<string> {
  return text === '' || text.includes('\0') ? { expected: 'a path' } : { value: text };
}
