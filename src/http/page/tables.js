// The rows of the page: how a partition, a member, a lease change and a dead letter look.

import { createChart, createShare, drawChart, drawShare } from './chart.js';
import { count, duration, rate, timeOfDay } from './format.js';
import { make, setData, setText } from './rows.js';

/**
 * @param {(partitionId: string) => import('./chart.js').LagSeries | undefined} seriesOf
 * @param {(workerId: string) => string} shorten
 */
export function partitionRow(seriesOf, shorten) {
  return {
    keyOf: ({ id }) => id,
    create: ({ id }) => {
      const parts = {
        owner: make('span', 'owner'),
        state: make('span', 'state'),
        requested: make('span', 'note'),
        lag: make('span', 'value'),
        behind: make('span', 'value'),
        chart: createChart(),
        rate: make('span', 'value'),
        checkpoint: make('span', 'value'),
        saved: make('span', 'value'),
        inFlight: make('span', 'value'),
      };
      const head = make('th', 'id', id);
      head.scope = 'row';
      const element = make(
        'tr',
        '',
        head,
        cell('Owner', 'owner', parts.owner),
        cell('State', 'state', parts.state, ' ', parts.requested),
        cell('Lag', 'number lag', parts.lag),
        cell('Behind', 'number behind', parts.behind),
        cell('Lag, 15 min', 'chart', parts.chart),
        cell('Events/s', 'number rate', parts.rate),
        cell('Checkpoint', 'number checkpoint', parts.checkpoint),
        cell('Saved', 'number saved', parts.saved),
        cell('In flight', 'number in-flight', parts.inFlight),
      );
      return { element, parts };
    },
    update: (parts, row, element) => {
      setText(parts.owner, row.owner === '' ? 'no owner' : shorten(row.owner));
      parts.owner.title = row.owner;
      setData(element, 'here', String(row.isHere));
      setText(parts.state, row.isBlocked ? 'blocked' : row.isStalled ? 'stalled' : row.state);
      setData(parts.state, 'state', row.isBlocked || row.isStalled ? 'bad' : row.state);
      setText(parts.requested, row.requestedBy === '' ? '' : `moving to ${shorten(row.requestedBy)}`);
      setText(parts.lag, count(row.lagEvents));
      setText(parts.behind, duration(row.lagMs));
      setText(parts.rate, rate(row.eventsPerSecond));
      setText(parts.checkpoint, count(row.checkpoint));
      setText(parts.saved, row.checkpointAgeMs === null ? 'never' : `${duration(row.checkpointAgeMs)} ago`);
      setText(parts.inFlight, count(row.inFlight));
      drawChart(parts.chart, seriesOf(row.id));
    },
  };
}

/** @param {() => number} partitionsTotal */
export function memberRow(partitionsTotal) {
  return {
    keyOf: ({ id }) => id,
    create: ({ id, isThis }) => {
      const parts = {
        state: make('span', 'state'),
        partitions: make('span', 'value'),
        share: createShare(),
        load: make('span', 'value'),
        seen: make('span', 'value'),
      };
      const head = make('th', 'id', id, ...(isThis ? [' ', make('span', 'this', 'this one')] : []));
      head.scope = 'row';
      const element = make(
        'tr',
        '',
        head,
        cell('State', 'state', parts.state),
        cell('Partitions', 'number', parts.partitions),
        cell('Share', 'chart', parts.share),
        cell('Load', 'number', parts.load),
        cell('Seen', 'number', parts.seen),
      );
      return { element, parts };
    },
    update: (parts, row) => {
      setText(parts.state, row.state);
      setData(parts.state, 'state', row.state);
      setText(parts.partitions, count(row.partitions));
      drawShare(parts.share, row.partitions, partitionsTotal());
      setText(parts.load, count(row.load));
      setText(parts.seen, `${duration(row.ageMs)} ago`);
    },
  };
}

export const leaseChangeItem = {
  keyOf: ({ atMs, partitionId, change, generation }) => `${atMs} ${partitionId} ${change} ${generation}`,
  create: ({ atMs, partitionId, change, why }) => ({
    element: make(
      'li',
      '',
      time(atMs),
      make('span', 'what', `Partition ${partitionId} `, make('b', '', change === 'seen' ? 'moved' : change)),
      make('span', 'why', why),
    ),
    parts: {},
  }),
  update: () => {},
};

export const deadLetterItem = {
  keyOf: ({ atMs, partitionId, sequenceNumber }) => `${atMs} ${partitionId} ${sequenceNumber}`,
  create: ({ atMs, partitionId, sequenceNumber, reason, error }) => ({
    element: make(
      'li',
      '',
      time(atMs),
      make('span', 'what', `Event ${partitionId}/${sequenceNumber} `, make('b', '', reason)),
      make('span', 'why', error),
    ),
    parts: {},
  }),
  update: () => {},
};

function time(atMs) {
  const element = make('time', '', timeOfDay(atMs));
  element.dateTime = new Date(atMs).toISOString();
  return element;
}

/** The label is what CSS shows before the value where the table is laid out as cards. */
function cell(label, className, ...children) {
  const element = make('td', className, ...children);
  element.dataset.label = label;
  return element;
}
