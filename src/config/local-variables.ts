// The variables of `local` alone: where its emulators listen and how much traffic they get.

import { wholeNumber } from './variable.ts';

const anyPort = '0 takes any free port and prints it';

export const localVariables = {
  LOCAL_EVENTHUB_PORT: wholeNumber({
    group: 'Local',
    description: 'Port of the Event Hubs emulator that `local` starts.',
    unit: 'port',
    min: 0,
    max: 65_535,
    why: anyPort,
    default: 5672,
  }),
  LOCAL_STORAGE_PORT: wholeNumber({
    group: 'Local',
    description: 'Port of the blob emulator (Azurite) that `local` starts.',
    unit: 'port',
    min: 0,
    max: 65_535,
    why: anyPort,
    default: 10_000,
  }),
  LOCAL_PARTITIONS: wholeNumber({
    group: 'Local',
    description: 'Partitions of the event hub that `local` makes.',
    unit: 'partitions',
    min: 1,
    max: 32,
    why: 'the most a standard namespace gives an event hub',
    default: 8,
  }),
  LOCAL_EVENTS_PER_SECOND: wholeNumber({
    group: 'Local',
    description: 'Traffic that `local` sends.',
    unit: 'events/s',
    min: 0,
    max: 100_000,
    why: '0 sends nothing; one process sends no more',
    default: 200,
  }),
};
