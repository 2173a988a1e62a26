// The handler author's kit (package entry `./testing`): everything needed to unit-test a handler without an emulator.

export { testEvent, TestEvent } from './testing/test-event.ts';
export type { TestEventFields } from './testing/test-event.ts';
export { createTestBatchContext, createTestContext } from './testing/test-context.ts';
export type { LogLine, TestBatchContext, TestContext, TestContextFields } from './testing/test-context.ts';
export { runHandler } from './testing/run-handler.ts';
export type { HandlerRun, RunHandlerOptions } from './testing/run-handler.ts';
export type { HandlerCall } from './testing/observed-handler.ts';
