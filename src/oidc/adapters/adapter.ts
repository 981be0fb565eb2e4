import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

import type { Accounts } from '../../accounts/index.ts';
import type { Clients } from '../../clients/index.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { RateLimiter } from '../../platform/rate-limiter.ts';
import { discardCookies } from '../../platform/request-context.ts';
import type { Signer } from '../../platform/keys/signer.ts';
import { announceSingleUse, noteSessionToken, type Sessions } from '../../sessions/index.ts';
import type { ArtifactKind, ArtifactPayload, ArtifactStore, Tokens } from '../../tokens/index.ts';
import { mayBe } from './adapter-token-kinds.ts';
import { holdAnonymousSessionsInBrowser } from './hold-anonymous-sessions.ts';
import { holdInteractionsInBrowser } from './hold-interactions.ts';
import { limitMachineTokens } from '../client-authentication/limit-machine-tokens.ts';
import { toProviderError, refuseAfterOutage } from '../provider-errors.ts';
import { forgetOutdatedProofs } from '../authorization/pending-proof.ts';
import { createInteractionTraces } from './interaction-traces.ts';
import { createSealedCookies } from '../../platform/keys/sealed-cookies.ts';
import { findStructuredTokens } from './structured-tokens.ts';
import {
  createUnauthenticatedQuota,
  type UnauthenticatedQuota,
} from '../client-authentication/unauthenticated-quota.ts';
import { refusingAdapter } from './refusing-adapter.ts';

interface StorageDeps {
  readonly transientSealer: Sealer;
  readonly clock: Clock;
  readonly rateLimiter: RateLimiter;
  /** Verifies JWT access tokens. */
  readonly signer: Pick<Signer, 'verify'>;
  readonly tokens: Pick<
    Tokens,
    'artifacts' | 'consumeIn' | 'singleUse' | 'revokeRefreshToken' | 'findGrant'
  >;
  readonly sessions: Pick<Sessions, 'artifacts'>;
  readonly accounts: Pick<Accounts, 'find'>;
  readonly clients: Pick<Clients, 'find'>;
}

const KINDS: readonly string[] = [
  'AuthorizationCode',
  'AccessToken',
  'ClientCredentials',
  'RefreshToken',
  'InitialAccessToken',
  'RegistrationAccessToken',
  'ReplayDetection',
  'Interaction',
  'PushedAuthorizationRequest',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
] satisfies readonly ArtifactKind[];

/** Storage of everything that the library stores, except clients and grants, which have their own adapters. */
export function createStorage(deps: StorageDeps): (model: string) => Adapter {
  const { tokens, sessions, accounts, clients } = deps;
  const cookies = createSealedCookies(deps);
  const traces = createInteractionTraces(deps);
  const quota = createUnauthenticatedQuota(deps.rateLimiter);
  return (model) => {
    if (model === 'Session') {
      const held = holdAnonymousSessionsInBrowser(sessions.artifacts, cookies);
      return refuseAllAfterOutage(adapt(model, held));
    }
    // A disabled feature also has a model, of which the library reads only the name.
    if (!isKind(model)) return refusingAdapter(`${model} is not stored`);
    if (model === 'Interaction') {
      const held = holdInteractionsInBrowser(tokens.artifacts(model), {
        ...deps,
        cookies,
        quota,
        traces,
      });
      return adapt(model, forgetOutdatedProofs(held, accounts));
    }
    if (model === 'PushedAuthorizationRequest') {
      const store = limitPublicClients(tokens.artifacts(model), quota);
      return adapt(model, consumeWithSession(model, store, tokens));
    }
    if (model === 'ClientCredentials') {
      const found = findStructuredTokens(deps, model, tokens.artifacts(model));
      return adapt(model, limitMachineTokens(found, clients));
    }
    if (model === 'AccessToken') {
      return adapt(model, findStructuredTokens(deps, model, tokens.artifacts(model)));
    }
    if (model === 'RefreshToken') {
      const store = tokens.artifacts(model);
      return adapt(model, { ...store, destroy: tokens.revokeRefreshToken });
    }
    return adapt(model, tokens.artifacts(model));
  };
}

/**
 * Every caller can push a request for a public app, so these requests are stored within the quota of unauthenticated
 * callers.
 */
function limitPublicClients(store: ArtifactStore, quota: UnauthenticatedQuota): ArtifactStore {
  return {
    ...store,
    upsert: async (
      id: string,
      payload: ArtifactPayload & { trusted?: boolean },
      seconds?: number,
    ) => {
      if (payload.trusted !== true) await quota.take();
      await store.upsert(id, payload, seconds);
    },
  };
}

/**
 * A pushed request is used up in the commit that saves the session of its person, so that it can be repeated after an
 * outage (RFC 9126 §2.2).
 */
function consumeWithSession(
  kind: ArtifactKind,
  store: ArtifactStore,
  tokens: Pick<Tokens, 'consumeIn'>,
): ArtifactStore {
  return {
    ...store,
    consume: async (id: string) => {
      const record = async (tx: Database): Promise<void> => {
        try {
          await tokens.consumeIn(tx, kind, id);
        } catch (error) {
          if (!isAppError(error, 'already_used')) throw error;
          throw new RequestUsedError('a pushed request was used twice', { cause: error });
        }
      };
      if (!announceSingleUse({ record })) await store.consume(id);
    },
  };
}

function refuseAllAfterOutage(adapter: Adapter): Adapter {
  return {
    ...adapter,
    upsert: async (id: string, payload: AdapterPayload, expiresIn: number) => {
      refuseAfterOutage();
      await adapter.upsert(id, payload, expiresIn);
    },
    destroy: async (id: string) => {
      refuseAfterOutage();
      await adapter.destroy(id);
    },
  };
}

function isKind(model: string): model is ArtifactKind {
  return KINDS.includes(model);
}

function adapt(model: string, store: ArtifactStore): Adapter {
  return {
    upsert: (id: string, payload: AdapterPayload, expiresIn?: number) =>
      toProviderError(
        refuseSecondUse(model, store.upsert(id, payload as ArtifactPayload, expiresIn)),
      ),
    find: async (id: string) => (mayBe(model, id) ? find(store.find(id)) : undefined),
    findByUid: (uid: string) => find(store.findByUid(uid)),
    findByUserCode: (userCode: string) => find(store.findByUserCode(userCode)),
    consume: (id: string) => toProviderError(refuseSecondUse(model, store.consume(id))),
    destroy: (id: string) => toProviderError(store.destroy(id)),
    // The library calls this for one kind after the other when it has ended a grant, and also when it has revoked a single
    // access token. The artifacts of a grant end with the grant's own row, in one commit.
    revokeByGrantId: () => Promise.resolve(),
  };
}

async function find(
  payload: Promise<ArtifactPayload | undefined>,
): Promise<AdapterPayload | undefined> {
  const found = (await toProviderError(payload)) as AdapterPayload | undefined;
  if (found !== undefined) noteSessionToken(found);
  return found;
}

/** A pushed request is used up in the transaction that stores its answer. */
class RequestUsedError extends Error {}

/**
 * The library checks `consumed` in memory and then calls this to record the use; of two simultaneous requests the second
 * is refused here (RFC 6749 §4.1.2, §10.5; RFC 9126 §2.2).
 */
async function refuseSecondUse(model: string, use: Promise<void>): Promise<void> {
  try {
    await use;
  } catch (error) {
    const isRequestUsed = error instanceof RequestUsedError;
    if (!isAppError(error, 'already_used') && !isRequestUsed) throw error;
    // The browser holds the session of the request that was first.
    if (model === 'Session') discardCookies();
    if (isRequestUsed || model === 'PushedAuthorizationRequest') {
      throw new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used');
    }
    if (model !== 'Session') throw new errors.InvalidGrant('already used');
    const refusal = new errors.SessionNotFound('this sign-in was completed by another request');
    throw Object.assign(refusal, { allow_redirect: false });
  }
}
