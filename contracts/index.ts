export * from './callbacks';
export * from './checkout';
export * from './core/contract';
export * from './inventory';
export * from './orders';
export * from './payment-provider';
export * from './payments';
export * from './shipping';
