// The emulator as a process of its own, and what its control port tells of a hub.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ControlledProcess } from './controlled-process.ts';

const hubView = z.object({
  partitions: z.array(
    z.object({
      id: z.string(),
      lastSequenceNumber: z.number(),
      receivers: z.array(z.object({ name: z.string(), epoch: z.number().optional() })),
    }),
  ),
});

export type HubPartition = z.infer<typeof hubView>['partitions'][number];

export interface EmulatorProcessOptions {
  readonly hub: string;
  readonly partitions: number;
  readonly throughputUnits?: number;
  readonly logPath: string;
}

export class EmulatorProcess {
  readonly process: ControlledProcess;
  readonly port: number;
  readonly hub: string;
  readonly #control: { readonly port: number; readonly token: string };

  private constructor(
    process: ControlledProcess,
    port: number,
    control: { readonly port: number; readonly token: string },
    hub: string,
  ) {
    this.process = process;
    this.port = port;
    this.#control = control;
    this.hub = hub;
  }

  static async start(options: EmulatorProcessOptions): Promise<EmulatorProcess> {
    const { hub, partitions, throughputUnits, logPath } = options;
    const token = randomUUID();
    const process = new ControlledProcess({
      args: [
        'src/main.ts',
        'emulator',
        '--hub',
        `${hub}:${partitions}`,
        '--port',
        '0',
        '--control-port',
        '0',
        '--control-token',
        token,
        ...(throughputUnits === undefined ? [] : ['--throughput-units', String(throughputUnits)]),
      ],
      environment: {},
      logPath,
    });
    const port = await process.logged(/emulator on [^:\s]+:(\d+)/, 20_000);
    const control = await process.logged(/control on [^:\s]+:(\d+)/, 20_000);
    return new EmulatorProcess(process, Number(port[1]), { port: Number(control[1]), token }, hub);
  }

  async partitions(): Promise<readonly HubPartition[]> {
    const response = await fetch(`http://127.0.0.1:${this.#control.port}/hubs/${this.hub}`, {
      headers: { authorization: `Bearer ${this.#control.token}` },
    });
    return hubView.parse(await response.json()).partitions;
  }

  async stop(): Promise<void> {
    this.process.terminate();
    await this.process.ended;
  }
}
