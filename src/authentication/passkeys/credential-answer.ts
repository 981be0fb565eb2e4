/** The members of an assertion that this server reads (AuthenticationResponseJSON, WebAuthn Level 3 §5.1). Bytes are in base64url. */
export interface Assertion {
  readonly id: string;
  readonly rawId: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    /** Names the owner of a discoverable credential. */
    readonly userHandle?: string;
  };
}

/** The members of a new credential that this server reads (RegistrationResponseJSON). */
export interface Registration {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: object;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: string[];
  };
}

type Members = Readonly<Record<string, unknown>>;

/** The assertion in an answer of a browser; null for anything else. */
export function readAssertion(answer: unknown): Assertion | null {
  const { id, rawId, response } = membersOf(answer);
  const { clientDataJSON, authenticatorData, signature, userHandle } = membersOf(response);
  if (!isText(id) || !isText(rawId)) return null;
  if (!isText(clientDataJSON) || !isText(authenticatorData) || !isText(signature)) return null;
  const signed = { clientDataJSON, authenticatorData, signature };
  return { id, rawId, response: isText(userHandle) ? { ...signed, userHandle } : signed };
}

/** Ways to reach an authenticator (WebAuthn Level 3 §5.8.4); others are not stored. */
const TRANSPORTS = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

/** The new credential in an answer of a browser; null for anything else. */
export function readRegistration(answer: unknown): Registration | null {
  const { id, rawId, response } = membersOf(answer);
  const { clientDataJSON, attestationObject, transports } = membersOf(response);
  if (!isText(id) || !isText(rawId)) return null;
  if (!isText(clientDataJSON) || !isText(attestationObject)) return null;
  const named: readonly unknown[] = Array.isArray(transports) ? transports : [];
  return {
    id,
    rawId,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON,
      attestationObject,
      transports: named.filter(isText).filter((name) => TRANSPORTS.has(name)),
    },
  };
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
