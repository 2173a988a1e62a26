// The lag of one partition over the last 15 minutes as a small SVG: a line, the area below it, and a dot at its end.
// Scaled to its own highest value, which the label tells; a chart of zeros is a flat line at the bottom.

import { count } from './format.js';
import { setText } from './rows.js';

const svgNamespace = 'http://www.w3.org/2000/svg';
const spanMs = 15 * 60_000;
const pointEveryMs = 10_000;
const width = 140;
const height = 28;
const margin = 3;
/** A lag below it is the breath between two checkpoints: it must not look like a mountain. */
const smallestScale = 100;

/** @typedef {readonly [atMs: number, lagEvents: number]} Point */

/** Points of one partition, one each 10 s: the present value is told by the number beside the chart. */
export class LagSeries {
  /** @type {Point[]} */
  points = [];

  /** @param {readonly Point[]} points */
  constructor(points = []) {
    this.points = [...points];
  }

  /** @param {number} atMs @param {number} lagEvents */
  add(atMs, lagEvents) {
    const last = this.points.at(-1);
    if (last !== undefined && atMs - last[0] < pointEveryMs) return;
    this.points.push([atMs, lagEvents]);
    while (this.points[0] !== undefined && this.points[0][0] < atMs - spanMs) this.points.shift();
  }
}

/** An empty chart; drawChart fills it. */
export function createChart() {
  const svg = element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'lag-chart' });
  svg.append(
    element('title', {}),
    element('path', { class: 'area' }),
    element('path', { class: 'line' }),
    element('circle', { class: 'dot', r: '2.2' }),
  );
  return svg;
}

/**
 * Draws again only when there is a new point. The chart ends with its newest point.
 * @param {SVGElement} svg
 * @param {LagSeries | undefined} series
 */
export function drawChart(svg, series) {
  const points = series?.points ?? [];
  const nowMs = points.at(-1)?.[0] ?? 0;
  if (svg.dataset.drawn === String(nowMs)) return;
  svg.dataset.drawn = String(nowMs);
  const [title, area, line, dot] = svg.children;
  const last = points.at(-1);
  if (last === undefined || points.length < 2) {
    for (const shape of [area, line]) shape.removeAttribute('d');
    dot.setAttribute('visibility', 'hidden');
    setText(title, last === undefined ? 'Lag not known here' : 'Lag known since just now');
    return;
  }
  const highest = Math.max(smallestScale, ...points.map(([, lagEvents]) => lagEvents));
  const x = (atMs) => round(width - margin - ((nowMs - atMs) / spanMs) * (width - 2 * margin));
  const y = (lagEvents) => round(height - margin - (lagEvents / highest) * (height - 2 * margin));
  const path = points
    .map(([atMs, lagEvents], index) => `${index === 0 ? 'M' : 'L'}${x(atMs)} ${y(lagEvents)}`)
    .join('');
  line.setAttribute('d', path);
  area.setAttribute('d', `${path}L${x(last[0])} ${height}L${x(points[0][0])} ${height}Z`);
  dot.setAttribute('cx', String(x(last[0])));
  dot.setAttribute('cy', String(y(last[1])));
  dot.setAttribute('visibility', 'visible');
  const top = Math.max(...points.map(([, lagEvents]) => lagEvents));
  setText(title, `Lag over 15 minutes: now ${count(last[1])}, highest ${count(top)} events`);
}

/** How much of the whole one member holds, as a bar. */
export function createShare() {
  const svg = element('svg', {
    viewBox: '0 0 100 8',
    class: 'share',
    'aria-hidden': 'true',
    preserveAspectRatio: 'none',
  });
  svg.append(
    element('rect', { class: 'whole', width: '100', height: '8', rx: '2' }),
    element('rect', { class: 'part', height: '8', rx: '2' }),
  );
  return svg;
}

/** @param {SVGElement} svg @param {number} part @param {number} whole */
export function drawShare(svg, part, whole) {
  svg.children[1].setAttribute('width', String(whole === 0 ? 0 : round((100 * part) / whole)));
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function element(name, attributes) {
  const made = document.createElementNS(svgNamespace, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
