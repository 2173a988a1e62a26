/** Event Hubs over AMQP in memory: the room's entry. */
export { startEmulator } from './emulator.ts';
export type { Emulator } from './emulator.ts';
export type { EmulatorOptions, HubOptions } from './options.ts';
export type { HubView, PartitionView, ReceiverView } from './hubs/hub-view.ts';
export type { LocalEvent } from './amqp/local-event.ts';
export type { FaultRule, FaultTarget, Faults, InjectedFault } from './faults.ts';
