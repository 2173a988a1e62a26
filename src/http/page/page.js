// The operator page: listens to the worker's event stream and shows each snapshot. Everything it knows comes from there;
// it asks nothing else and changes nothing.

import { attentionOf } from './attention.js';
import { LagSeries } from './chart.js';
import { bytes, count, duration, plural, rate, shortener, unknown } from './format.js';
import { make, Rows, setData, setText } from './rows.js';
import { deadLetterItem, leaseChangeItem, memberRow, partitionRow } from './tables.js';

/** Updates come every 2 s: after this long without one the numbers are said to be old. */
const staleMs = 7000;

const byId = (id) => document.getElementById(id);

/** @type {Map<string, LagSeries>} */
const series = new Map();
let state;
let sort = { by: 'id', isDescending: false };
let lastUpdateMs;
let shorten = (workerId) => workerId;

const partitions = new Rows(
  byId('partition-rows'),
  partitionRow(
    (id) => series.get(id),
    (workerId) => shorten(workerId),
  ),
);
const members = new Rows(
  byId('member-rows'),
  memberRow(() => state.partitionsTotal),
);
const leaseChanges = new Rows(byId('lease-changes'), leaseChangeItem);
const deadLetters = new Rows(byId('dead-letters'), deadLetterItem);
const attention = new Rows(byId('attention-list'), {
  keyOf: ({ text }) => text,
  create: ({ level, text }) => {
    const element = make('li', '', text);
    element.dataset.level = level;
    return { element, parts: {} };
  },
  update: () => {},
});

const stream = new EventSource('/page/events');
const on = (name, show) => stream.addEventListener(name, ({ data }) => show(JSON.parse(data)));
on('about', showAbout);
on('lag', (all) => {
  series.clear();
  for (const [id, points] of Object.entries(all)) series.set(id, new LagSeries(points));
});
on('recent', (recent) => {
  leaseChanges.show(recent.leaseChanges);
  deadLetters.show(recent.deadLetters);
  byId('leases-empty').hidden = recent.leaseChanges.length > 0;
  byId('dead-letters-empty').hidden = recent.deadLetters.length > 0;
});
on('state', (next) => {
  state = next;
  lastUpdateMs = performance.now();
  for (const { id, lagEvents } of state.partitions) {
    if (lagEvents === null) continue;
    if (!series.has(id)) series.set(id, new LagSeries());
    series.get(id).add(state.atMs, lagEvents);
  }
  // A page in the background keeps its series and shows them when somebody looks again.
  if (!document.hidden) showState();
  showConnection();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && state !== undefined) showState();
});
stream.addEventListener('error', showConnection);
setInterval(showConnection, 1000);

for (const header of document.querySelectorAll('th[data-sort]')) {
  header.querySelector('button').addEventListener('click', () => {
    const by = header.dataset.sort;
    // A number is sorted for its highest value first, a name from its beginning; the second click turns it round.
    const isDescending = sort.by === by ? !sort.isDescending : header.classList.contains('number');
    sort = { by, isDescending };
    for (const other of document.querySelectorAll('th[data-sort]')) other.removeAttribute('aria-sort');
    header.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
    if (state !== undefined) partitions.show(sorted(state.partitions));
  });
}

function showAbout({ identity, configuration }) {
  setText(byId('event-hub'), identity.eventHub ?? 'event hub');
  setText(byId('consumer-group'), identity.consumerGroup ?? '');
  setText(byId('version'), identity.version ?? '');
  setText(
    byId('where'),
    [identity.namespace, identity.workerId && `seen by ${identity.workerId}`]
      .filter(Boolean)
      .join(' \u00b7 '),
  );
  document.title = `${identity.eventHub ?? 'eventhub-worker'} \u00b7 ${identity.consumerGroup ?? ''}`;
  byId('configuration').replaceChildren(
    ...configuration.map(({ name, value }) =>
      make('div', '', make('dt', '', name), make('dd', '', value === '' ? unknown : value)),
    ),
  );
}

function showState() {
  shorten = shortener(state.members.map(({ id }) => id));
  partitions.show(sorted(state.partitions));
  members.show(state.members);
  byId('partitions-empty').hidden = state.partitions.length > 0;
  byId('members-empty').hidden = state.members.length > 0;
  showTiles();
  const found = attentionOf(state);
  attention.show(found);
  const level = found[0]?.level ?? 'good';
  setData(byId('attention'), 'level', found.some((one) => one.level === 'bad') ? 'bad' : level);
  setText(
    byId('attention-title'),
    found.length === 0
      ? 'All is well: every partition has an owner and makes progress'
      : `${plural(found.length, 'thing')} to look at`,
  );
}

function showTiles() {
  const known = state.partitions.filter(({ lagEvents }) => lagEvents !== null);
  const sum = (rows, key) => rows.reduce((total, row) => total + (row[key] ?? 0), 0);
  const worstMs = Math.max(0, ...known.map(({ lagMs }) => lagMs ?? 0));
  const hidden = state.partitions.length - known.length;
  setText(byId('tile-lag'), known.length === 0 ? unknown : count(sum(known, 'lagEvents')));
  setText(
    byId('tile-lag-note'),
    hidden > 0
      ? `events; ${plural(hidden, 'partition')} elsewhere not counted`
      : worstMs > 0
        ? `events, oldest ${duration(worstMs)}`
        : 'events',
  );
  setText(byId('tile-rate'), rate(sum(state.partitions, 'eventsPerSecond')));
  const owned = state.partitions.filter(({ owner }) => owner !== '').length;
  const here = state.partitions.filter(({ isHere }) => isHere).length;
  setText(byId('tile-partitions'), `${count(owned)} of ${count(state.partitionsTotal)}`);
  setText(byId('tile-partitions-note'), `owned, ${count(here)} by this worker`);
  setText(byId('tile-members'), count(state.members.length));
  const leaving = state.members.filter((member) => member.state !== 'active').length;
  setText(byId('tile-members-note'), leaving === 0 ? 'all active' : `${count(leaving)} joining or leaving`);
  setText(byId('tile-in-flight'), count(state.inFlightEvents));
  setText(
    byId('tile-in-flight-note'),
    `${count(state.bufferedEvents)} more waiting, ${bytes(state.bufferedBytes)}`,
  );
  setText(byId('tile-worker'), state.state);
  setText(byId('tile-worker-note'), !state.live.ok ? state.live.reason : state.ready.reason);
}

function showConnection() {
  const box = byId('connection');
  const ageMs = lastUpdateMs === undefined ? Infinity : performance.now() - lastUpdateMs;
  if (ageMs < staleMs && stream.readyState === EventSource.OPEN) {
    setData(box, 'state', 'live');
    setText(box, 'live');
  } else {
    setData(box, 'state', 'lost');
    setText(
      box,
      lastUpdateMs === undefined ? 'connecting' : `no update for ${duration(ageMs)}, reconnecting`,
    );
  }
}

/** By the chosen column; what is not known comes last either way; equals stay in the order of their ids. */
function sorted(rows) {
  const { by, isDescending } = sort;
  const valueOf = (row) => (by === 'id' && Number.isFinite(Number(row.id)) ? Number(row.id) : row[by]);
  const compare = (a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : String(left).localeCompare(String(right));
    return isDescending ? -order : order;
  };
  return [...rows].sort(compare);
}
