import { decidingClaim } from '../../src/scopes/index.ts';
import { expect } from 'chai';
import { requireNamedGrant } from '../../src/consents/grants/grant-action.ts';

import type { ClaimRequest, Client } from '../../src/clients/index.ts';
import { resolveRequest } from '../../src/consents/requested-access.ts';
import { hasEssentialRunOut, permittedClaims } from '../../src/consents/entitlement.ts';
import { projectGrant, type ConsentRequest, type Consent } from '../../src/consents/index.ts';
import { coversRequest } from '../../src/consents/covers-request.ts';
import { durationsUpTo, expiryOf } from '../../src/consents/duration.ts';
import {
  catalogue,
  clientWith,
  consentWith,
  item,
  NOW,
  orders,
  request,
} from './example-consent.ts';

const ask = (client: Client, parts: Partial<ConsentRequest> = {}): ConsentRequest => ({
  client,
  scopes: ['openid', 'email'],
  claims: [],
  resources: [],
  ...parts,
});

describe('The claims and permissions of an authorization request', () => {
  const claimsOf = (asked: ReturnType<typeof resolveRequest>) =>
    asked.claims.map(({ claim }) => claim);

  it('are the claims of the scopes, and verification flags only with their value', () => {
    const asked = resolveRequest(ask(clientWith({})), catalogue);
    expect(claimsOf(asked)).to.deep.equal(['email']);
    expect(asked.claims[0]).to.include({ isEssential: false, purpose: null, purposeVersion: 0 });
    expect(decidingClaim('phone_number_verified')).to.equal('phone_number');
    expect(decidingClaim('sub')).to.equal(null);
  });

  it('exclude claims that the app did not register, in scopes and in the claims parameter', () => {
    const client = clientWith({ requests: [request('name', { necessity: 'essential' })] });
    const asked = resolveRequest(
      ask(client, {
        scopes: ['openid', 'profile', 'email'],
        claims: [
          { name: 'phone_number', isEssential: true },
          { name: 'email', isEssential: true },
        ],
      }),
      catalogue,
    );
    expect(claimsOf(asked)).to.deep.equal(['name']);
    expect(asked.claims[0]?.isEssential).to.equal(true);
  });

  it('are essential only if registered as essential, independent of the claims parameter', () => {
    const client = clientWith({ requests: [request('email')] });
    const asked = resolveRequest(
      ask(client, { claims: [{ name: 'email', isEssential: true }] }),
      catalogue,
    );
    expect(asked.claims[0]?.isEssential).to.equal(false);
    const unregistered = resolveRequest(
      ask(clientWith({}), { claims: [{ name: 'email', isEssential: true }] }),
      catalogue,
    );
    expect(unregistered.claims[0]?.isEssential).to.equal(false);
  });

  it('exclude scopes that the app may not use, and claims outside its scopes', () => {
    const client = clientWith({ scopes: ['openid', 'email'] });
    const asked = resolveRequest(
      ask(client, {
        scopes: ['openid', 'profile', 'phone', 'account:read', 'offline_access'],
        claims: [
          { name: 'phone_number', isEssential: false },
          { name: 'email', isEssential: false },
        ],
      }),
      catalogue,
    );
    expect(claimsOf(asked)).to.deep.equal(['email']);
    expect(asked.scopes.map(({ scope }) => scope)).to.deep.equal(['openid']);
    expect(permittedClaims(client, catalogue)).to.deep.equal(new Set(['email']));
  });

  it('include API scopes only with their resource, and account scopes without one', () => {
    const scopes = ['openid', 'orders:read', 'account:read'];
    const without = resolveRequest(ask(clientWith({}), { scopes }), catalogue);
    expect(without.scopes.map(({ scope }) => scope)).to.deep.equal(['openid', 'account:read']);
    const asked = resolveRequest(
      ask(clientWith({}), { scopes, resources: [orders.resource] }),
      catalogue,
    );
    expect(asked.scopes).to.deep.include({
      scope: 'orders:read',
      resource: orders.resource,
      kind: 'permission',
    });
  });
});

describe('The need for a prompt', () => {
  const asked = (requests: readonly ClaimRequest[]) =>
    resolveRequest(ask(clientWith({ requests })), catalogue);

  it('exists without a decision, or after a withdrawal', () => {
    expect(coversRequest(null, asked([]), NOW)).to.equal(false);
    const withdrawn = { ...consentWith([item('email')]), status: 'withdrawn' } as const;
    expect(coversRequest(withdrawn, asked([]), NOW)).to.equal(false);
  });

  it('does not exist for a refused claim', () => {
    const refused = item('email', { decision: 'refuse', attributeId: null });
    expect(coversRequest(consentWith([refused]), asked([]), NOW)).to.equal(true);
  });

  it('exists for a new purpose text', () => {
    const decided = consentWith([item('email', { purposeVersion: 1 })]);
    expect(coversRequest(decided, asked([request('email')]), NOW)).to.equal(true);
    expect(coversRequest(decided, asked([request('email', { purposeVersion: 2 })]), NOW)).to.equal(
      false,
    );
  });

  it('exists for a scope without a decision', () => {
    const decided = consentWith(
      [item('email')],
      [{ scope: 'openid', resource: null, decision: 'allow' }],
    );
    expect(coversRequest(decided, asked([]), NOW)).to.equal(false);
  });

  it('does not exist for an expired voluntary value, but for an expired essential one', () => {
    const over = { purposeVersion: 1, expiresAt: NOW };
    const voluntary = consentWith([item('email', over)]);
    expect(coversRequest(voluntary, asked([request('email')]), NOW)).to.equal(true);
    const essential = consentWith([item('email', { ...over, isEssential: true })]);
    expect(
      coversRequest(essential, asked([request('email', { necessity: 'essential' })]), NOW),
    ).to.equal(false);
    expect(hasEssentialRunOut(essential, NOW)).to.equal(true);
    expect(hasEssentialRunOut(voluntary, NOW)).to.equal(false);
  });

  it('exists when an essential claim was refused, used up or deleted', () => {
    const needed = asked([request('email', { necessity: 'essential' })]);
    for (const gone of [
      { decision: 'refuse', attributeId: null },
      { usedAt: NOW },
      { attributeId: null },
    ] as const) {
      const decided = consentWith([item('email', { purposeVersion: 1, ...gone })]);
      expect(coversRequest(decided, needed, NOW)).to.equal(false);
    }
  });
});

describe('A grant derived from a consent', () => {
  const project = (consent: Consent, client = clientWith({})) =>
    projectGrant({ consent, catalogue, client, now: NOW });

  it('lists refused, used, expired or deleted claims as rejected instead of omitting them', () => {
    for (const gone of [
      { decision: 'refuse', attributeId: null },
      { usedAt: NOW },
      { expiresAt: NOW },
      { attributeId: null },
    ] as const) {
      const projection = project(consentWith([item('email', gone)]));
      // The scope stays, so that issued tokens release a value that is shared later.
      expect(projection.grantedScopes).to.deep.equal(['openid', 'email']);
      expect(projection.grantedClaims).to.deep.equal([]);
      expect(projection.rejectedClaims).to.deep.equal(['email', 'email_verified']);
    }
  });

  it('is drawn again when a decision expires, and when the clock goes back', () => {
    const end = new Date(NOW.getTime() + 1_000);
    const consent = consentWith([item('email', { expiresAt: end }), item('name')]);
    const client = clientWith({});
    const grantedAt = (seconds: number) =>
      projectGrant({ consent, catalogue, client, now: new Date(end.getTime() + seconds * 1_000) })
        .grantedClaims;
    const both = ['email', 'email_verified', 'name'];
    expect([-1, -0.001, 0, 60, -1].map(grantedAt)).to.deep.equal([
      both,
      both,
      ['name'],
      ['name'],
      both,
    ]);
  });

  it('is drawn again when the app or the catalogue changes', () => {
    const consent = consentWith([item('email')]);
    const narrow = clientWith({ scopes: ['openid'] });
    expect(project(consent).grantedClaims).to.deep.equal(['email', 'email_verified']);
    expect(project(consent, narrow).grantedClaims).to.deep.equal([]);
    expect(project(consent).grantedScopes).to.deep.equal(['openid', 'email']);
    const retired = { ...catalogue, byName: new Map() } as typeof catalogue;
    const changed = projectGrant({ consent, catalogue: retired, client: narrow, now: NOW });
    expect(changed.grantedScopes).to.deep.equal([]);
  });

  it('grants a scope of which one claim is shared, and rejects the other claims', () => {
    const scopes = [{ scope: 'profile', resource: null, decision: 'allow' }] as const;
    const projection = project(
      consentWith(
        [item('name'), item('birthdate', { decision: 'refuse', attributeId: null })],
        scopes,
      ),
    );
    expect(projection.grantedScopes).to.deep.equal(['profile']);
    expect(projection.grantedClaims).to.deep.equal(['name']);
    expect(projection.rejectedClaims).to.deep.equal(['birthdate']);
  });

  it('excludes claims that the app removed or may no longer use', () => {
    const decided = consentWith([item('email')]);
    const without = project(decided, clientWith({ scopes: ['openid'] }));
    expect(without.rejectedScopes).to.deep.equal(['email']);
    expect(without.rejectedClaims).to.include('email');
    const other = project(decided, clientWith({ requests: [request('name')] }));
    expect(other.grantedClaims).to.deep.equal([]);
  });

  it('separates the scopes of each API', () => {
    const projection = project(
      consentWith(
        [],
        [
          { scope: 'orders:read', resource: orders.resource, decision: 'allow' },
          { scope: 'account:read', resource: null, decision: 'refuse' },
        ],
      ),
    );
    expect(projection.grantedResources).to.deep.equal({ [orders.resource]: ['orders:read'] });
    expect(projection.grantedScopes).to.deep.equal([]);
    expect(projection.rejectedScopes).to.deep.equal(['account:read']);
  });
});

describe('An action on a named grant', () => {
  it('is refused for a grant that has been replaced', () => {
    const consent = consentWith([], []);
    expect(() => requireNamedGrant(consent, { kind: 'replace', grantId: 'an-older-grant' }))
      .to.throw()
      .with.property('code', 'grant_ended');
    requireNamedGrant(consent, { kind: 'merge', grantId: consent.grantId });
    requireNamedGrant(consent, { kind: 'create' });
  });
});

describe('Durations', () => {
  it('offers nothing longer than the app may have', () => {
    expect(durationsUpTo('30_days')).to.deep.equal(['once', '30_days']);
    expect(durationsUpTo('until_withdrawn')).to.have.length(4);
  });

  it('ends after 30 days or a calendar year, otherwise not by time', () => {
    expect(expiryOf('30_days', NOW)).to.deep.equal(new Date('2026-03-02T12:00:00Z'));
    expect(expiryOf('1_year', NOW)).to.deep.equal(new Date('2027-01-31T12:00:00Z'));
    expect(expiryOf('once', NOW)).to.equal(null);
  });
});
