// Per-minute metrics of a namespace as Azure Monitor exports them: the CSV of the portal, or the JSON of
// `az monitor metrics list --interval PT1M --metrics IncomingMessages ...`. Unknown columns are passed over.

import { WorkerError } from '../../engine/errors.ts';

export interface Minute {
  readonly time: string;
  /** Totals of the minute. */
  readonly incomingMessages?: number;
  readonly incomingBytes?: number;
  readonly outgoingMessages?: number;
  readonly outgoingBytes?: number;
  readonly throttledRequests?: number;
}

type Metric = Exclude<keyof Minute, 'time'>;

const metrics: readonly Metric[] = [
  'incomingMessages',
  'incomingBytes',
  'outgoingMessages',
  'outgoingBytes',
  'throttledRequests',
];

/** Minutes in the file's order. Throws EHW_BAD_USAGE with what is wrong and in which line. */
export function parseMinutes(text: string, file: string): readonly Minute[] {
  const minutes = /^\s*[{[]/.test(text) ? parseJson(text, file) : parseCsv(text, file);
  if (minutes.length === 0) throw unusable(file, 'it holds no minute with a known metric');
  return minutes;
}

function parseCsv(text: string, file: string): readonly Minute[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ cells: cellsOf(line), number: index + 1 }));
  // The portal writes a title above the table; a table has the time in its first column.
  const header = lines.findIndex(({ cells }) => cells.slice(1).some((cell) => metricOf(cell) !== undefined));
  if (header < 0) throw unusable(file, `no column is one of ${metrics.join(', ')}`);
  const columns = (lines[header]?.cells ?? []).map(metricOf);
  return lines
    .slice(header + 1)
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map(({ cells, number }) => {
      const values: [Metric, number][] = [];
      columns.forEach((metric, index) => {
        const cell = cells[index] ?? '';
        if (metric === undefined || cell === '') return;
        const value = Number(cell.replaceAll(',', ''));
        if (!Number.isFinite(value))
          throw unusable(file, `line ${number}: "${cell}" is no number (${metric})`);
        values.push([metric, value]);
      });
      return { time: cells[0] ?? '', ...Object.fromEntries(values) };
    });
}

/** Cells of a CSV line; quotes hold commas and doubled quotes. */
function cellsOf(line: string): readonly string[] {
  const cells = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  return cells.map((cell) =>
    cell
      .replace(/,$/, '')
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replaceAll('""', '"'),
  );
}

/** "Incoming Messages (Sum), my-namespace" is incomingMessages. */
function metricOf(column: string): Metric | undefined {
  const letters = column.toLowerCase().replaceAll(/[^a-z]/g, '');
  return metrics.find((metric) => letters.startsWith(metric.toLowerCase()));
}

function parseJson(text: string, file: string): readonly Minute[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw new WorkerError('EHW_BAD_USAGE', { reason: `${file} is no JSON` }, { cause: error });
  }
  const byTime = new Map<string, Record<string, number>>();
  for (const series of listOf(fieldOf(root, 'value'))) {
    const name = fieldOf(fieldOf(series, 'name'), 'value');
    const metric = typeof name === 'string' ? metricOf(name) : undefined;
    if (metric === undefined) continue;
    for (const point of listOf(fieldOf(series, 'timeseries')).flatMap((one) =>
      listOf(fieldOf(one, 'data')),
    )) {
      const time = fieldOf(point, 'timeStamp');
      const total = fieldOf(point, 'total');
      if (typeof time !== 'string' || typeof total !== 'number') continue;
      const minute = byTime.get(time) ?? {};
      // One series per dimension value: a namespace's minute is their sum.
      minute[metric] = (minute[metric] ?? 0) + total;
      byTime.set(time, minute);
    }
  }
  return [...byTime].map(([time, values]) => ({ time, ...values }));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function unusable(file: string, reason: string): WorkerError {
  return new WorkerError('EHW_BAD_USAGE', {
    reason: `${file} cannot be used: ${reason}. Export the namespace's metrics per minute as CSV, or with: az monitor metrics list --interval PT1M --metrics IncomingMessages IncomingBytes OutgoingMessages OutgoingBytes ThrottledRequests --aggregation Total`,
  });
}
