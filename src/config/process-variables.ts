// The variables of the process itself: its name, its start and end, its HTTP server and its log.

import { z } from 'zod';
import type { StartPosition } from '../engine/event.ts';
import { choice, optionalText, parsedText, text, wholeNumber } from './variable.ts';

export const processVariables = {
  WORKER_ID: optionalText({
    group: 'Worker',
    description: 'Name of this process among the workers of its group; two live processes never share one.',
    allowed: '1 to 128 letters, digits, dots, hyphens and underscores',
    pattern: /^[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?$/i,
    otherwise: 'the host name (in Kubernetes: the pod name)',
  }),
  DRAIN_DEADLINE_MS: wholeNumber({
    group: 'Worker',
    description:
      'How long the worker may take from SIGTERM to its end. Keep terminationGracePeriodSeconds above it.',
    unit: 'ms',
    min: 1000,
    max: 3_600_000,
    why: 'handing partitions over takes at least a look at the store; an hour is what Kubernetes waits at most in practice',
    default: 30_000,
  }),
  START_POSITION: parsedText({
    group: 'Worker',
    description:
      'Where a partition without a checkpoint begins. It changes nothing where a checkpoint exists.',
    allowed: 'earliest | latest | a time with its zone (2026-01-31T12:00:00Z)',
    parse: parseStartPosition,
    default: 'earliest',
  }),
  ON_RECREATED_HUB: choice({
    group: 'Worker',
    description:
      'What happens when a checkpoint lies beyond the end of its partition, because the event hub was deleted and created again: begin at its start, or leave the partition alone until a person decides.',
    words: ['reset', 'stop'],
    default: 'stop',
  }),

  HTTP_HOST: text({
    group: 'HTTP',
    description: 'Address that probes, metrics and the operator page listen on.',
    allowed: 'an IP address or a host name',
    pattern: /^[a-z0-9.:-]+$/i,
    default: '0.0.0.0',
  }),
  HTTP_PORT: wholeNumber({
    group: 'HTTP',
    description: 'Port of probes, metrics and the operator page.',
    unit: 'port',
    min: 0,
    max: 65_535,
    why: '0 takes any free port and prints it',
    default: 8080,
  }),

  LOG_LEVEL: choice({
    group: 'Log',
    description: 'The least important lines that are written.',
    words: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
  }),
};

function parseStartPosition(given: string): StartPosition | undefined {
  if (given === 'earliest' || given === 'latest') return { at: given };
  const time = z.iso.datetime({ offset: true }).safeParse(given);
  if (!time.success) return undefined;
  return { at: 'time', enqueuedAfterMs: Date.parse(given) };
}
