/** A rendered message. */
interface AddressedMessage<Content> {
  readonly to: string;
  readonly content: Content;
  /** The same for every attempt, so that a receiver can discard a second copy. */
  readonly messageId: string;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** Sends messages to the mail server or to the provider of text messages. */
export interface MessageTransport<Content> {
  /** True when messages are not sent but kept for the outbox page. */
  readonly keepsMessages: boolean;
  /** @throws Error when the message was not accepted; {@link RefusedMessage} when another attempt is useless. */
  send(message: AddressedMessage<Content>): Promise<void>;
  /** Was the receiving server, and not the message, the reason of the failure? @param reason by `reasonOf`. */
  isOutage(reason: string): boolean;
  /** Connects and signs in, without a message. Rejects while messages would not be accepted. */
  readonly verify?: () => Promise<void>;
  close(): void;
}

/** A message that is refused at every attempt. */
export class RefusedMessage extends Error {
  /** The reason, without recipient and text. */
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = 'RefusedMessage';
    this.code = code;
  }
}
