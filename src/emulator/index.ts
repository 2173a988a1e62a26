/** Event Hubs over AMQP in memory: the room's entry. */
export { startEmulator } from './emulator.ts';
export type { Emulator } from './emulator.ts';
export { DataFolderError } from './journal/data-folder-error.ts';
export { readOfficialConfig } from './official-config.ts';
export type { EmulatorOptions, HubOptions, NamedNamespaceOptions, NamespaceOptions } from './options.ts';
export type { ConnectionStringOptions } from './connection-string.ts';
export { RIGHTS } from './tokens/access-rule.ts';
export type { AccessRuleOptions, Right } from './tokens/access-rule.ts';
export type { HubView, PartitionView, ReceiverView } from './hubs/hub-view.ts';
export type { KafkaEvent } from './amqp/kafka-event.ts';
export type { LocalEvent } from './amqp/local-event.ts';
export type { Damage, FaultRule, FaultTarget, Faults, InjectedFault } from './faults.ts';
