export * from './words.ts';
export * from './errors.ts';
export * from './ids.ts';
