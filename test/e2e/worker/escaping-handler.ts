// A handler with a mistake that no try/catch around it can see: an error thrown later, outside of its promise.

import { defineHandler } from '../../../src/index.ts';

export default defineHandler({
  onEvent() {
    setTimeout(() => {
      throw new Error('thrown outside of the handler');
    }, 10);
  },
});
