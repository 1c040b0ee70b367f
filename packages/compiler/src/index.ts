export * from './model/types.ts';
export * from './values/address.ts';
export * from './values/cidr.ts';
export * from './values/ports.ts';
