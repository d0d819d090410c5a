export { localDigest } from './digest.ts';
export type { EngineFile } from './install-engine.ts';
export { createMachineTools } from './machine-tools.ts';
export { quoteCommand } from './quote-command.ts';
export { type ClosableTransport, createTransport, machineEnvironment, type TransportOptions } from './transport.ts';
