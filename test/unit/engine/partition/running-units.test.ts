import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Unit } from '../../../../src/engine/handling/unit.ts';
import { RunningUnits } from '../../../../src/engine/partition/running-units.ts';

describe('the running units', () => {
  it('are those added and not removed, in whatever order they end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(31), { maxLength: 200 }), (moves) => {
        const units = Array.from({ length: 32 }, () => new Unit([]));
        const running = new RunningUnits();
        const model = new Set<Unit>();
        for (const index of moves) {
          const unit = units[index];
          if (unit === undefined) continue;
          if (model.delete(unit)) running.remove(unit);
          else {
            model.add(unit);
            running.add(unit);
          }
          assert.equal(running.size, model.size);
          assert.deepEqual(new Set(running), model);
        }
      }),
    );
  });
});
