// What the sender said beside the body: the AMQP properties, application properties and annotations of one message.

import type { Message, MessageValues, ReceivedEvent } from '../event.ts';
import type { SentProperties } from '../handling/worker-event.ts';
import { headerText } from './header-text.ts';
import { idText } from './value-text.ts';

/** Annotations that have a place of their own in an event. */
const ownPlace: ReadonlySet<string> = new Set([
  'x-opt-sequence-number',
  'x-opt-offset',
  'x-opt-enqueued-time',
  'x-opt-partition-key',
]);

export class MessageView implements SentProperties {
  readonly received: ReceivedEvent;

  constructor(received: ReceivedEvent) {
    this.received = received;
  }

  get message(): Message {
    return this.received.message;
  }

  get messageId(): string | undefined {
    return idText(this.message.properties.messageId);
  }

  get correlationId(): string | undefined {
    return idText(this.message.properties.correlationId);
  }

  get userId(): string | undefined {
    return idText(this.message.properties.userId);
  }

  get groupId(): string | undefined {
    return this.message.properties.groupId;
  }

  get groupSequence(): number | undefined {
    return this.message.properties.groupSequence;
  }

  get subject(): string | undefined {
    return this.message.properties.subject;
  }

  get to(): string | undefined {
    return this.message.properties.to;
  }

  get replyTo(): string | undefined {
    return this.message.properties.replyTo;
  }

  get replyToGroupId(): string | undefined {
    return this.message.properties.replyToGroupId;
  }

  get contentType(): string | undefined {
    return this.message.properties.contentType;
  }

  get contentEncoding(): string | undefined {
    return this.message.properties.contentEncoding;
  }

  get creationTime(): Date | undefined {
    return dateOf(this.message.properties.creationTime);
  }

  get absoluteExpiryTime(): Date | undefined {
    return dateOf(this.message.properties.absoluteExpiryTime);
  }

  get properties(): MessageValues {
    return this.message.applicationProperties;
  }

  get annotations(): MessageValues {
    return this.message.annotations;
  }

  get systemProperties(): MessageValues {
    const others = Object.entries(this.message.annotations).filter(([name]) => !ownPlace.has(name));
    return { ...Object.fromEntries(others), ...this.message.properties };
  }

  header(name: string): string | undefined {
    return headerText(this.message.applicationProperties, name);
  }
}

/** Milliseconds that no Date reaches stay in `message.properties`. */
function dateOf(time: Date | bigint | undefined): Date | undefined {
  return typeof time === 'bigint' ? undefined : time;
}
