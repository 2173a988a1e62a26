// npm run demo:scale-out: a burst makes the workers scale from 1 to 2, twice: with a producer that gives up what the
// event hub refuses, as in the field report of lost events, and with one that retries. Every event is counted at both ends.
import { parseArgs } from 'node:util';
import { measureBurst } from '../test/chaos/scenarios/burst.ts';
import type { BurstMoment } from '../test/chaos/scenarios/burst.ts';
import type { Measurement } from '../test/chaos/scenarios/measurement.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.count);
if (!Number.isInteger(count) || count < 1000) {
  console.error(`--count is "${values.count}"; allowed: a whole number of 1000 or more`);
  process.exit(2);
}

const columns = [6, 10, 10, 10, 10, 10, 9] as const;
const measurements: Measurement[] = [];
for (const retries of [false, true]) {
  if (!values.json) tellChapter(retries);
  const onMoment = values.json ? undefined : tellMoment;
  const options = { retries, seed: Number(values.seed), count };
  const measurement = await measureBurst(onMoment === undefined ? options : { ...options, onMoment });
  measurements.push(measurement);
  if (!values.json) tellEnd(measurement);
}
if (values.json) console.log(JSON.stringify(measurements, undefined, 2));
else tellMoral(measurements);
process.exit(measurements.every(({ holds }) => holds) ? 0 : 1);

function tellChapter(retries: boolean): void {
  console.log(
    `\n${retries ? '2. The same burst, from a producer that retries' : '1. A producer that gives up what the event hub refuses'}`,
  );
  console.log(
    `   ${count} events are offered at 2,000/s; one throughput unit takes 1,000/s; a second worker joins on the way.\n`,
  );
  console.log(row('time', 'accepted', 'handled', 'waiting', 'worker-1', 'worker-2', 'producer'));
}

function tellMoment(moment: BurstMoment): void {
  const { seconds, accepted, handled, partitionsPerWorker, isSending } = moment;
  const [first = 0, second = 0] = partitionsPerWorker;
  console.log(
    row(
      `${seconds.toFixed(1)} s`,
      String(accepted),
      String(handled),
      String(Math.max(0, accepted - handled)),
      `${first} of 8`,
      `${second} of 8`,
      isSending ? 'sending' : 'ended',
    ),
  );
}

function tellEnd({ figures, holds, broken }: Measurement): void {
  const { offered, sentBySend, retriedBySend, failedBySend, lostFromProducerToHandler, lostPercent } =
    figures;
  console.log(
    `\n   offered ${String(offered)}, accepted ${String(sentBySend)}, sent again after a refusal ${String(retriedBySend)}, given up ${String(failedBySend)}`,
  );
  console.log(
    `   lost between producer and handler: ${String(lostFromProducerToHandler)} (${String(lostPercent)} %); lost by the workers: ${String(figures['lost'])}; handled twice: ${Number(figures['duplicatesAllowed']) + Number(figures['duplicatesNotAllowed'])}`,
  );
  if (!holds) console.log(`   NOT AS PROMISED: ${broken.join('; ')}`);
}

function tellMoral(all: readonly Measurement[]): void {
  const [without, withRetries] = all.map(({ figures }) => String(figures['lostFromProducerToHandler']));
  console.log(
    `\nThe scale-out lost nothing either time. What went missing (${without ?? '?'} events) was refused at the door by a busy\nevent hub and given up by the producer; with retries ${withRetries ?? '?'} went missing.`,
  );
}

function row(...cells: readonly string[]): string {
  return `   ${cells.map((cell, index) => cell.padStart(columns[index] ?? 10)).join('  ')}`;
}
