// Every command by name, with the line `--help` shows. Its file is loaded only when the command is run.

import type { CreateCommand } from './command.ts';

interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly createCommand: CreateCommand }>;
}

export const commandList: readonly ListedCommand[] = [
  {
    name: 'local',
    summary: 'run everything on this machine: emulators, traffic and one worker',
    load: () => import('./local.ts'),
  },
  { name: 'run', summary: 'process an event hub until told to stop', load: () => import('./run.ts') },
  {
    name: 'doctor',
    summary: 'check everything the worker stands on and say what to do',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'emulator',
    summary: 'run the Event Hubs emulator alone',
    load: () => import('./emulator.ts'),
  },
  { name: 'send', summary: 'put events into an event hub', load: () => import('./send.ts') },
  {
    name: 'dead-letters',
    summary: 'list, show and replay events that were given up',
    load: () => import('./dead-letters.ts'),
  },
  {
    name: 'checkpoints',
    summary: 'list, move, save and take over checkpoints',
    load: () => import('./checkpoints.ts'),
  },
  {
    name: 'lag',
    summary: 'show how far behind the consumer group is',
    load: () => import('./lag.ts'),
  },
  {
    name: 'capacity',
    summary: 'tell how many throughput units a load needs',
    load: () => import('./capacity.ts'),
  },
  {
    name: 'config',
    summary: 'show the effective configuration, or check it',
    load: () => import('./config.ts'),
  },
];
