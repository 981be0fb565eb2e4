import { randomUUID } from 'node:crypto';

import type { Clock } from '../platform/clock.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { type Channel, type Message, messageContext } from './message.ts';
import { createMessageStore } from './message-store.ts';

interface MessageQueueDeps {
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly clock: Clock;
  readonly transientSealer: Sealer;
  readonly channel: Channel;
  /** False: this installation does not use the channel. */
  readonly isOn: boolean;
}

/** Messages wait in a table and are sent by a job, never within the request. */
export function createMessageQueue(deps: MessageQueueDeps) {
  const { jobs, clock, transientSealer, channel, isOn } = deps;
  return {
    isOn,

    /**
     * Queues a message in the caller's transaction: it is sent if the transaction commits, and only then. `null` queues a row
     * that is never sent, so that the work is the same with and without a recipient. A channel that is off queues nothing.
     */
    async enqueue(tx: Database, message: Message | null): Promise<void> {
      if (!isOn) return;
      const id = randomUUID();
      await createMessageStore(tx, channel).insert({
        id,
        sealedMessage: transientSealer.seal(JSON.stringify(message), messageContext(channel, id)),
        createdAt: clock.now(),
      });
      const { sendJob: name, mostAttempts: maxAttempts } = channel;
      await jobs.enqueue(tx, { name, data: { id }, maxAttempts });
    },
  };
}

export type MessageQueue = ReturnType<typeof createMessageQueue>;
