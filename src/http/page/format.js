// Numbers and times as people read them. Every function takes null for "not known" and gives a dash.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

export const unknown = '\u2013';

/** @param {number | null} value */
export function count(value) {
  return value === null ? unknown : whole.format(value);
}

/** @param {number | null} eventsPerSecond */
export function rate(eventsPerSecond) {
  if (eventsPerSecond === null) return unknown;
  return (eventsPerSecond < 10 ? oneDigit : whole).format(eventsPerSecond);
}

/** The largest unit that leaves a number of at most three digits: "850 ms" is "0.9 s". @param {number | null} ms */
export function duration(ms) {
  if (ms === null) return unknown;
  const seconds = ms / 1000;
  if (seconds < 10) return `${oneDigit.format(seconds)} s`;
  if (seconds < 120) return `${whole.format(seconds)} s`;
  if (seconds < 7200) return `${whole.format(seconds / 60)} min`;
  if (seconds < 172_800) return `${whole.format(seconds / 3600)} h`;
  return `${whole.format(seconds / 86_400)} d`;
}

/** @param {number} value */
export function bytes(value) {
  if (value < 1000) return `${value} B`;
  if (value < 1_000_000) return `${oneDigit.format(value / 1000)} kB`;
  return `${oneDigit.format(value / 1_000_000)} MB`;
}

/** @param {number} atMs */
export function timeOfDay(atMs) {
  return clock.format(atMs);
}

/** @param {number} number @param {string} one @param {string} many */
export function plural(number, one, many = `${one}s`) {
  return `${whole.format(number)} ${number === 1 ? one : many}`;
}

/**
 * Drops what all names of the group begin with, up to a "-": of "orders-6d9f7b5c4-x2k4q" the last part is what tells pods
 * apart. @param {readonly string[]} names
 */
export function shortener(names) {
  const [first = ''] = names;
  let shared = names.length < 2 ? 0 : first.length;
  for (const name of names) {
    while (!name.startsWith(first.slice(0, shared))) shared -= 1;
  }
  const cut = first.slice(0, shared).lastIndexOf('-') + 1;
  return (name) => (cut > 0 && name.startsWith(first.slice(0, cut)) ? name.slice(cut) : name);
}
