// The built-in handler `discard`: succeeds at once. For measuring the worker itself and for `npm start`.

import { defineHandler } from '../engine/handling/handler.ts';

export const discardHandler = defineHandler({
  onEvent() {},
});
