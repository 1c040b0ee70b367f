export { CODES, type Code, type Diagnostic, diagnostic, type ObjectRef, type Severity } from './errors.ts';
export * from './model/types.ts';
export { type Origin, type ParseResult, parseObject } from './objects/parse.ts';
export * from './values/address.ts';
export * from './values/cidr.ts';
export * from './values/ports.ts';
