/** A value with a descriptor that says what it means (AMQP 1.0 part 1.3). */
import type { AmqpValue } from './amqp-value.ts';

const TICKS_PER_MS = 10_000n;
/** 1970-01-01 in ticks of 100 ns since the year 1. */
const UNIX_EPOCH_TICKS = 621_355_968_000_000_000n;

export class Described {
  readonly descriptor: AmqpValue;
  readonly value: AmqpValue;

  constructor(descriptor: AmqpValue, value: AmqpValue) {
    this.descriptor = descriptor;
    this.value = value;
  }

  /**
   * What the types of Microsoft's .NET client mean, as a value: `com.microsoft:datetime-offset` a Date (without the parts
   * of a millisecond), `com.microsoft:timespan` text such as `-1.06:00:00.5`, `com.microsoft:uri` text. Every other value as it is.
   * Source: Azure/azure-sdk-for-java OffsetDateTimeDescribedType.java (and its siblings): both count ticks of 100 ns, dates in UTC.
   */
  get meaning(): AmqpValue {
    const { descriptor, value } = this;
    if (descriptor === 'com.microsoft:uri') return value;
    if (typeof value !== 'number' && typeof value !== 'bigint') return value;
    if (typeof value === 'number' && !Number.isInteger(value)) return value;
    if (descriptor === 'com.microsoft:datetime-offset') return dateOf(BigInt(value)) ?? value;
    if (descriptor === 'com.microsoft:timespan') return durationText(BigInt(value));
    return value;
  }

  toJSON(): unknown {
    const { descriptor, value, meaning } = this;
    if (meaning instanceof Date) return meaning.toJSON();
    return meaning === value && descriptor !== 'com.microsoft:uri' ? { descriptor, value } : meaning;
  }
}

function dateOf(ticks: bigint): Date | undefined {
  const date = new Date(Number((ticks - UNIX_EPOCH_TICKS) / TICKS_PER_MS));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** As .NET prints a TimeSpan: [-][d.]hh:mm:ss[.fffffff]. */
function durationText(ticks: bigint): string {
  const size = ticks < 0n ? -ticks : ticks;
  const two = (count: bigint): string => count.toString().padStart(2, '0');
  const seconds = size / 10_000_000n;
  const fraction = (size % 10_000_000n).toString().padStart(7, '0').replace(/0+$/, '');
  const days = seconds / 86_400n;
  const clock = `${two((seconds / 3600n) % 24n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return `${ticks < 0n ? '-' : ''}${days > 0n ? `${days}.` : ''}${clock}${fraction === '' ? '' : `.${fraction}`}`;
}
