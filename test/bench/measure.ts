// One scenario measured: its consumers take turns, each sample in a process of its own, and every row says how ours compares
// within the same round, because neighbours in time share what the machine was doing.

import { buildForeign, startSdk } from './contenders/programs.ts';
import type { ForeignName, ForeignProgram } from './contenders/programs.ts';
import type { Contender, ContenderName, Place } from './contenders/contender.ts';
import { startWorker } from './contenders/worker.ts';
import { sampleBacklog, sampleLatency } from './sample.ts';
import type { Sample } from './sample.ts';
import type { Scenario } from './scenarios.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

/** Samples of each consumer, one for each round. */
export type Taken = ReadonlyMap<ContenderName, readonly Sample[]>;

export interface MeasureOptions {
  readonly samples: number;
  /** Told before each sample. */
  readonly onProgress: (text: string) => void;
}

/** Builds what is written in other languages, once. */
export class Contenders {
  readonly #built = new Map<ForeignName, Promise<ForeignProgram | undefined>>();

  /** Undefined: its tools are not installed here. */
  async start(
    name: ContenderName,
    place: Place,
    { work, settings = {} }: Scenario,
  ): Promise<Contender | undefined> {
    if (name === 'run') return startWorker(place, work, settings);
    if (name === 'limiter') return startSdk(place, work, 'limiter');
    if (name === 'bare' || name === 'sequential') return startSdk(place, work, 'sequential');
    return (await this.#programOf(name))?.start(place, work);
  }

  async isHere(name: ContenderName): Promise<boolean> {
    return (name !== 'go' && name !== 'java') || (await this.#programOf(name)) !== undefined;
  }

  #programOf(name: ForeignName): Promise<ForeignProgram | undefined> {
    const building = this.#built.get(name) ?? buildForeign(name);
    this.#built.set(name, building);
    return building;
  }
}

export async function measure(
  scenario: Scenario,
  contenders: Contenders,
  options: MeasureOptions,
): Promise<Taken> {
  const names: ContenderName[] = [];
  for (const name of scenario.contenders) {
    if (await contenders.isHere(name)) names.push(name);
    else options.onProgress(`${scenario.name}: ${name} is not installed here, its rows are left out`);
  }
  await using stage = await openStage(scenario);
  const taken = new Map<ContenderName, Sample[]>(names.map((name) => [name, []]));
  for (let round = 0; round < options.samples; round += 1) {
    // Who goes first changes: a machine that slows down during the run favours nobody.
    const shift = round % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      options.onProgress(
        `${scenario.name}: ${name}, sample ${String(round + 1)} of ${String(options.samples)}`,
      );
      const contender = await contenders.start(name, stage.place, scenario);
      if (contender !== undefined) taken.get(name)?.push(await sampleOf(contender, stage, scenario));
    }
  }
  return taken;
}

async function sampleOf(contender: Contender, stage: Stage, { load }: Scenario): Promise<Sample> {
  try {
    if (load.kind === 'backlog') return await sampleBacklog(contender, load);
    stage.feed(load.eventsPerSecond);
    return await sampleLatency(contender, load.seconds);
  } finally {
    stage.feed(0);
    await contender.stop();
  }
}
