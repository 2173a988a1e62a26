// `send` as a process of its own: offers events at a rate and says at its end what became of them.
import { z } from 'zod';
import { ControlledProcess } from './controlled-process.ts';

export interface SendOptions {
  readonly connectionString: string;
  readonly eventHub: string;
  readonly count: number;
  readonly eventsPerSecond: number;
  readonly keys: number;
  /** Without retries an event that is refused once is given up, as in producers that only log the error. */
  readonly retries: boolean;
  readonly logPath: string;
}

export interface SendEnd {
  readonly exitCode: number | undefined;
  readonly sent: number;
  readonly retried: number;
  readonly failed: number;
}

export function startSend(options: SendOptions): ControlledProcess {
  return new ControlledProcess({
    args: [
      'src/main.ts',
      'send',
      '--count',
      String(options.count),
      '--rate',
      String(options.eventsPerSecond),
      '--keys',
      String(options.keys),
      '--json',
      ...(options.retries ? [] : ['--retries', '0']),
    ],
    environment: {
      EVENTHUB_CONNECTION_STRING: options.connectionString,
      EVENTHUB_NAME: options.eventHub,
    },
    logPath: options.logPath,
  });
}

const report = z.object({ sent: z.number(), retried: z.number(), failed: z.number() });

/** The closing line of `send --json`. */
export function readSendEnd(output: string, exitCode: number | undefined): SendEnd {
  const line = output
    .split('\n')
    .findLast((candidate) => candidate.startsWith('{') && candidate.includes('"failed"'));
  if (line === undefined) throw new Error(`send ended with ${exitCode} and said no figures:\n${output}`);
  return { ...report.parse(JSON.parse(line)), exitCode };
}
