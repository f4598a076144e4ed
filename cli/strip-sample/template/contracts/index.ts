export * from './core/contract';
export * from './hello';
