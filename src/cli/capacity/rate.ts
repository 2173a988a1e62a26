// Rates as people write them: "5MB/s", "800 KiB", "2000/s". Pure.

import { InvalidArgumentError } from 'commander';

const byteUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Bytes per second. */
export function parseByteRate(given: string): number {
  const match = /^([\d.,_]+)\s*([kmg]?i?b)(\/s)?$/i.exec(given.trim());
  const factor = byteUnits[match?.[2]?.toLowerCase() ?? ''];
  const value = numberOf(match?.[1]);
  if (factor === undefined || value === undefined) {
    throw new InvalidArgumentError(
      'Allowed: a number with B, KB, MB, GB, KiB, MiB or GiB per second, as in 5MB/s.',
    );
  }
  return value * factor;
}

/** Events per second. */
export function parseEventRate(given: string): number {
  const value = numberOf(/^([\d.,_]+)(\s*(events)?\/s)?$/i.exec(given.trim())?.[1]);
  if (value === undefined)
    throw new InvalidArgumentError('Allowed: a number of events per second, as in 2000/s.');
  return value;
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll(/[,_]/g, ''));
  return Number.isFinite(value) ? value : undefined;
}
