/** A message as it leaves. */
export interface AddressedMessage<Content> {
  readonly to: string;
  readonly content: Content;
  /** The same at every attempt, so that a receiver can drop a second copy. */
  readonly messageId: string;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** Hands messages over to the mail server or to the provider of text messages. */
export interface MessageTransport<Content> {
  /** True when messages do not leave: they are kept for the outbox page. */
  readonly keepsMessages: boolean;
  /** @throws Error when the message was not accepted; {@link RefusedMessage} when another attempt is useless. */
  send(message: AddressedMessage<Content>): Promise<void>;
  /** Was a message not accepted because of the receiving server, and not because of the message? @param reason by `reasonOf`. */
  isOutage(reason: string): boolean;
  /** Connects and signs in, without a message. Rejects while messages would not be accepted. */
  readonly verify?: () => Promise<void>;
  close(): void;
}

/** A message that is refused at every attempt. */
export class RefusedMessage extends Error {
  /** Neither the recipient nor the text. */
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = 'RefusedMessage';
    this.code = code;
  }
}
