// Bodies arrive as the bytes that were sent, whatever they look like.

import { bodyBytes } from '../../../src/engine/reading/body-bytes.ts';
import assert from 'node:assert/strict';

import {
  accessTo,
  emulatorWith,
  fromStart,
  hubName,
  RecordingListener,
  sourceFor,
  testOnBothPaths,
  until,
} from './source-fixture.ts';

testOnBothPaths('G1: a body that looks like JSON keeps its digits, its spaces and its quotes', async (t) => {
  const bodies = ['{ "id": 9007199254740993 }', '"123"', '123', ' null ', '{"a":1,"a":2}'];
  const emulator = await emulatorWith(t, 1);
  for (const body of bodies) emulator.hub(hubName).append('0', { body: Buffer.from(body) });
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const listener = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('all events', () => listener.events.length === bodies.length);
  assert.deepEqual(
    listener.events.map(({ message }) => Buffer.from(bodyBytes(message.body)).toString()),
    bodies,
  );
});
