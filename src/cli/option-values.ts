// Parsers of option values that several commands take. A bad value ends as commander's own usage error (exit 2).

import { InvalidArgumentError } from 'commander';

/** For `argParser`: a whole number in a range. */
export function wholeNumberBetween(min: number, max: number): (given: string) => number {
  return (given) => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Allowed: a whole number from ${String(min)} to ${String(max)}.`);
  };
}

export const portNumber = wholeNumberBetween(0, 65_535);

/** For `argParser`: an amount of money, with or without a fraction. */
export function price(given: string): number {
  if (/^\d{1,9}(\.\d{1,9})?$/.test(given)) return Number(given);
  throw new InvalidArgumentError('Allowed: a number such as 0.05.');
}
