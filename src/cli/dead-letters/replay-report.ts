// What a person, or a program, is told of a replay: a bar that is redrawn on a terminal, failures as they come, and the sum.

import type { CommandContext } from '../command.ts';
import { redraw } from '../redraw.ts';
import type { ReplayProgress } from './replay.ts';

export interface ReplayEnd {
  readonly isInterrupted: boolean;
  /** What the hub or the store answered that ended the run. */
  readonly stoppedBy: string | undefined;
  /** Of those named. */
  readonly notFound: number;
}

const redrawMs = 250;
const plainLineMs = 5000;
/** Of more failures than this only the number is told. */
const maxFailures = 100;
const barWidth = 24;

export class ReplayReport {
  readonly #context: CommandContext;
  readonly #isJson: boolean;
  readonly #failures: { readonly id: string; readonly reason: string }[] = [];
  readonly #startedMs = performance.now();
  #timer: NodeJS.Timeout | undefined = undefined;
  #untold = 0;

  constructor(context: CommandContext, isJson: boolean) {
    this.#context = context;
    this.#isJson = isJson;
  }

  /** `progress` is looked at again and again. */
  start(progress: Readonly<ReplayProgress>): void {
    const { isTerminal, note } = this.#context;
    if (isTerminal && !this.#isJson) this.#timer = setInterval(() => redraw(this.#line(progress)), redrawMs);
    else this.#timer = setInterval(() => note(this.#line(progress)), plainLineMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#context.isTerminal && !this.#isJson) redraw('');
  }

  failure(id: string, reason: string): void {
    if (this.#failures.length >= maxFailures) {
      this.#untold += 1;
      return;
    }
    this.#failures.push({ id, reason });
    if (this.#context.isTerminal && !this.#isJson) redraw('');
    this.#context.note(`${id}: ${reason}`);
  }

  /** The sum, and the exit code. */
  tell(progress: Readonly<ReplayProgress>, end: ReplayEnd): void {
    const context = this.#context;
    if (this.#untold > 0) context.note(`... and ${this.#untold} more.`);
    context.print(this.#isJson ? this.#json(progress, end) : summaryOf(progress));
    if (end.stoppedBy !== undefined) {
      context.note(`Stopped: ${end.stoppedBy} Run it again to go on with the rest.`);
    } else if (end.isInterrupted) context.note('Interrupted. Run it again to go on with the rest.');
    else if (end.notFound > 0) {
      context.note(
        `${end.notFound} of those named do not exist or were replayed already (--again repeats them).`,
      );
    }
    const isDone = end.stoppedBy === undefined && !end.isInterrupted && end.notFound === 0;
    if (!isDone || progress.failed + progress.unmarked > 0) context.exitWith(1);
  }

  #line({ replayed, failed, found, isFoundAll }: Readonly<ReplayProgress>): string {
    const figures = `replayed ${grouped(replayed)} of ${grouped(found)}${isFoundAll ? '' : '+'} (${grouped(this.#rate(replayed))}/s), failed ${grouped(failed)}`;
    if (!isFoundAll || found === 0) return figures;
    const done = (replayed + failed) / found;
    const filled = Math.round(done * barWidth);
    const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled);
    return `[${bar}] ${String(Math.floor(done * 100)).padStart(3)} %  ${figures}`;
  }

  #rate(replayed: number): number {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    return seconds > 0 ? Math.round(replayed / seconds) : 0;
  }

  #json(progress: Readonly<ReplayProgress>, end: ReplayEnd): string {
    const { replayed, unlabelled, failed, unmarked, missing } = progress;
    const seconds = Number(((performance.now() - this.#startedMs) / 1000).toFixed(3));
    return JSON.stringify({
      replayed,
      withoutReplayProperties: unlabelled,
      failed,
      unmarked,
      missing,
      notFound: end.notFound,
      interrupted: end.isInterrupted,
      stoppedBy: end.stoppedBy ?? null,
      failures: this.#failures,
      seconds,
      lettersPerSecond: this.#rate(replayed),
    });
  }
}

function summaryOf({ replayed, unlabelled, failed, unmarked, missing }: Readonly<ReplayProgress>): string {
  const parts = [`${replayed} dead letters replayed`];
  if (unlabelled > 0) {
    parts.push(`${unlabelled} of them without the properties that say what they replay: there was no room`);
  }
  if (failed > 0) parts.push(`${failed} not taken, still there`);
  if (unmarked > 0) parts.push(`${unmarked} replayed but not marked: running this again repeats them`);
  if (missing > 0) parts.push(`${missing} gone meanwhile`);
  return `${parts.join('; ')}.`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
