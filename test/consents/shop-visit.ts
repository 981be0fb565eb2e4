import type { Client, ClaimRequest } from '../../src/clients/index.ts';
import type { ConsentRequest, Consent, ConsentDecision } from '../../src/consents/index.ts';
import { decide, grantFor, type World } from './world.ts';

/** A new person and an app, with their actions and pages. */
export type ShopVisit = Awaited<ReturnType<typeof visitShop>>;

export const KEEP: ConsentDecision = { isKept: true, claims: {} };

/** The app needs the name and would like the e-mail; nothing is decided yet. */
export async function visitShop(world: World, number: number) {
  const ana = await world.createAccount({
    name: ['Ana Petrova'],
    email: [`ana${String(number)}@work.example`],
    nickname: ['Anya'],
    birthdate: ['1990-04-12'],
  });
  const clientId = `shop${String(number)}`;
  const accountId = ana.id;
  const register = (...requests: ClaimRequest[]): Promise<Client> =>
    world.setClient({ id: clientId, requests });
  const shop = await register(request('name', { necessity: 'essential' }), request('email'));
  const id = (claim: string): string => ana.ids[claim]?.[0] ?? '';
  const current = async (): Promise<Consent> => {
    const consent = await world.consents.find({ accountId, clientId });
    if (consent === null) throw new Error('there is no consent');
    return consent;
  };
  return {
    accountId,
    shop,
    register,
    id,
    current,
    share: (...claims: string[]): ConsentDecision => ({
      claims: Object.fromEntries(claims.map((claim) => [claim, id(claim)])),
    }),
    answer: (request: ConsentRequest, decision: ConsentDecision): Promise<Consent> =>
      decide(world, accountId, { request, decision }),
    questionOf: (request: ConsentRequest) =>
      world.consents.describe({ accountId, request, locale: 'en' }),
    itemOf: async (claim: string) => (await current()).items.find((item) => item.claim === claim),
    coversRequest: async (request: ConsentRequest) =>
      world.consents.coversRequest(await current(), request),
    /** The values that UserInfo returns now, by name. */
    reads: async (scopes = ['openid', 'profile', 'email']): Promise<string[]> => {
      const grantId = await grantFor(world, await current());
      const who = { accountId, clientId, grantId };
      const what = { scopes, requestedClaims: [], channel: 'userinfo' } as const;
      const claims = await world.claims.releaseClaims({ ...who, ...what });
      return Object.keys(claims).filter((name) => !['updated_at', 'email_verified'].includes(name));
    },
    newEvents: async () =>
      (await world.consents.history({ accountId })).map(({ kind, details }) => ({ kind, details })),
  };
}

/** The registered request of an app for one claim. */
export function request(claim: string, changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    claim,
    necessity: 'voluntary',
    purpose: { en: `Why ${claim}` },
    purposeVersion: 1,
    longestDuration: 'until_withdrawn',
    ...changes,
  };
}
