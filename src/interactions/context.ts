import type { Provider } from 'oidc-provider';

import type { Authentication } from '../authentication/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Languages, Protocol } from '../oidc/http.ts';
import type { InteractionTraces, ReturnAddress } from '../oidc/index.ts';
import type { Reader } from '../receipts/http.ts';
import type { Vault } from '../vault/index.ts';

/** The dependencies of the pages between `/auth` and its answer. */
export interface InteractionsContext {
  readonly issuer: string;
  readonly provider: () => Provider;
  readonly previewAnswers: Protocol['previewAnswers'];
  readonly returnAddress: ReturnAddress;
  readonly interactionTraces: InteractionTraces;
  readonly languages: Languages;
  /** For the receipt, which contains the text of the page. */
  readonly words: Reader['words'];
  readonly authentication: Authentication;
  readonly clients: Clients;
  readonly consents: Consents;
  readonly vault: Vault;
  readonly sms: { readonly isOn: boolean };
  readonly config: { readonly registrationUsername: 'off' | 'optional' | 'required' };
  readonly clock: Clock;
  /** Encrypts choices that are not sent yet. */
  readonly transientSealer: Sealer;
}
