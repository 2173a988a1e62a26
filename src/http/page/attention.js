// What a person on call should look at, in sentences, worst first. Pure: from one snapshot to a list.

import { count, duration, plural } from './format.js';

/** A look at the group is due every 10 s; much later means that the store does not answer. */
const lateTickMs = 60_000;
const longLagMs = 300_000;

/** @returns {{ level: 'bad' | 'warn', text: string }[]} */
export function attentionOf(state) {
  const found = [];
  const bad = (text) => found.push({ level: 'bad', text });
  const warn = (text) => found.push({ level: 'warn', text });
  if (!state.live.ok) bad(`This worker should be restarted: ${state.live.reason}.`);
  const named = (rows) => rows.map(({ id }) => id).join(', ');
  const pick = (test) => state.partitions.filter(test);

  const stalled = pick(({ isStalled }) => isStalled);
  if (stalled.length > 0)
    bad(`No progress on ${partitions(stalled)} ${named(stalled)}, although there is lag.`);
  const blocked = pick(({ isBlocked }) => isBlocked);
  if (blocked.length > 0) {
    bad(
      `${capital(partitions(blocked))} ${named(blocked)}: an event failed every attempt and its lane waits for it.`,
    );
  }
  const expired = pick((row) => row.state === 'expired');
  if (expired.length > 0)
    bad(`The owner of ${partitions(expired)} ${named(expired)} is gone; others will claim.`);
  if (state.lastTickAgeMs !== null && state.lastTickAgeMs > lateTickMs) {
    bad(`The group's store was last read ${duration(state.lastTickAgeMs)} ago.`);
  }
  const missing = state.partitionsTotal - state.partitions.length;
  const free = pick((row) => row.state === 'free');
  if (free.length + missing > 0 && state.state === 'running') {
    warn(
      `${plural(free.length + missing, 'partition')} without an owner${free.length > 0 ? `: ${named(free)}` : ''}.`,
    );
  }
  const suspended = pick((row) => row.state === 'suspended');
  if (suspended.length > 0) {
    warn(
      `${capital(partitions(suspended))} ${named(suspended)} suspended: the lease is not confirmed at the moment.`,
    );
  }
  const late = pick((row) => row.lagMs !== null && row.lagMs > longLagMs && !row.isStalled && !row.isBlocked);
  if (late.length > 0) {
    const worst = late.reduce((a, b) => (a.lagMs > b.lagMs ? a : b));
    warn(
      `${capital(partitions(late))} ${named(late)}: behind by more than 5 minutes (${worst.id}: ${duration(worst.lagMs)}, ${count(worst.lagEvents)} events).`,
    );
  }
  if (state.live.ok && !state.ready.ok) warn(`This worker is not ready: ${state.ready.reason}.`);
  return found;
}

function partitions(rows) {
  return rows.length === 1 ? 'partition' : 'partitions';
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
