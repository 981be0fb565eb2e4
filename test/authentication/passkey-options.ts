import type { PasskeyCreation, PasskeyRequest } from '../../src/authentication/index.ts';

/** Options with which no authenticator answers, for pages that are only looked at. */
export const SAMPLE_REQUEST: PasskeyRequest = {
  options: {
    challenge: 'yOtrZ0xJw0xP5n0yqk5hVxTQ7a6d1vS3cK1bYy2pJ8E',
    rpId: 'id.example.org',
    timeout: 600_000,
    userVerification: 'required',
    allowCredentials: [],
  },
  ticket: 'AAAAAeT2J6o5i0k1ZBbA7cEJX2cQm4rWc0o3sV1mXh9T5Y',
};

/** The same for a new passkey. */
export const SAMPLE_CREATION: PasskeyCreation = {
  options: {
    challenge: SAMPLE_REQUEST.options.challenge,
    rp: { id: 'id.example.org', name: 'Consentry' },
    user: { id: 'aGFuZGxl', name: 'ana@example.org', displayName: 'Ana' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  },
  ticket: SAMPLE_REQUEST.ticket,
};
